"""``bottega demo``: everything at once, to look at."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def demo(
    *,
    data_dir: Path | None = None,
    port: int | None = None,
    leave: Annotated[bool, Parameter(name="--exit", negative=())] = False,
) -> None:
    """Start a server, build a sample repository while its log scrolls, show the record, and stay up until Ctrl-C.

    Parameters
    ----------
    data_dir
        Where the server and the sample repository are kept, also for the next time (default: .demo).
    port
        Port to listen on, on loopback only (default: 8080, or a free one when that is taken).
    leave
        End after the record was shown, with exit code 0 when the build succeeded, else 1.
    """
    from bottega.cli.options import fail
    from bottega.demo import story
    from bottega.demo.errors import DemoError
    from bottega.demo.screen import Screen

    try:
        code = story.run(Screen(), data_dir, port, leave=leave)
    except DemoError as error:
        fail(str(error), code=1)
    sys.exit(code)
