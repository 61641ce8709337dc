"""Scripts of others that pages load: pinned by a lock file, brought in when the package is built, never committed.

``python -m bottega.console.bringing_in`` does it for a clone. Without them plain links and forms do their work.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bottega import npm
from bottega.npm import NpmFailed

_FOLDER = Path(__file__).parent
_PINNED = _FOLDER / "packages"
_HTMX = "htmx.org"
VENDOR = _FOLDER / "static" / "vendor"


def htmx(folder: Path = VENDOR) -> Path:
    """Where htmx is once it was brought in; its name has the version that is pinned."""
    version = json.loads((_PINNED / "package.json").read_bytes())["dependencies"][_HTMX]
    return folder / f"htmx-{version}.min.js"


def bring_in(folder: Path = VENDOR) -> None:
    """Get what is not there yet. Raises :class:`NpmFailed`."""
    wanted = htmx(folder)
    if wanted.is_file():
        return
    with TemporaryDirectory(prefix="bottega-console-") as scratch:
        npm.install(_PINNED, Path(scratch))
        folder.mkdir(parents=True, exist_ok=True)
        # Renamed into its place: a server that runs never serves half of it.
        half = wanted.with_suffix(f".{os.getpid()}")
        shutil.copyfile(Path(scratch, "node_modules", _HTMX, "dist", "htmx.min.js"), half)
        half.replace(wanted)
    for old in folder.glob("htmx-*.js"):
        if old != wanted:
            old.unlink()


if __name__ == "__main__":
    try:
        bring_in()
    except (NpmFailed, OSError) as error:
        sys.exit(f"the console goes without htmx: {error}")
