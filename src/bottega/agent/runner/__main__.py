"""``python -I -m bottega.agent.runner SPOOL_FOLDER``: started by the agent, once per attempt."""

import os
import sys

from bottega.agent.runner.life import live
from bottega.agent.spool import Spool, SpoolError


def main() -> int:
    """Exit code 0 when exit.json was written, 2 on wrong use, 3 when there was nothing to do, else 1."""
    if len(sys.argv) != 2:  # noqa: PLR2004
        print("usage: python -m bottega.agent.runner SPOOL_FOLDER", file=sys.stderr)
        return 2
    try:
        spool = Spool(os.path.abspath(sys.argv[1]))  # noqa: PTH100 - resolving links would change the name
        # A folder that is somebody's working directory cannot be unmounted, and the agent may be upgraded.
        os.chdir("/")
        return live(spool)
    except (SpoolError, OSError) as error:
        print(f"runner: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
