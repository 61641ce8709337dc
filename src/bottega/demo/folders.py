"""Where the demonstration keeps its things, and whether build users can get there."""

import os
from pathlib import Path
from typing import NamedTuple

from bottega.demo.errors import DemoError

DEFAULT = ".demo"
FALLBACK = Path("/var/lib/bottega-demo")
PASSAGE = 0o711


class Folders(NamedTuple):
    """``server`` is the server's data folder; the repository is beside it, because builds may read nothing in there.

    ``notice`` says why another folder was chosen than people expect; it is empty otherwise.
    """

    root: Path
    server: Path
    sample: Path
    notice: str

    @property
    def credentials(self) -> Path:
        """The file of the first administrator."""
        return self.server / "credentials.json"


def choose(data_dir: Path | None) -> Folders:
    """Make and check the folders. Raises :class:`DemoError` when they cannot be used."""
    root = (data_dir or Path(DEFAULT)).absolute()
    closed, notice = _closed_parent(root), ""
    if closed is not None:
        why = f"build users cannot pass through {closed} (mode {closed.stat().st_mode & 0o777:04o})"
        if data_dir is not None:
            raise DemoError(f"{why}: choose another --data-dir, or allow it with: chmod o+x {closed}")
        notice = f"Using {FALLBACK}, because {why}."
        root = FALLBACK
    try:
        missing = [folder for folder in root.parents if not folder.exists()]
        root.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # A strict umask must not close what builds have to pass through.
            for folder in (root, *missing):
                folder.chmod(PASSAGE)
    except OSError as error:
        raise DemoError(f"cannot use the folder {root}: {error.strerror}") from None
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        raise DemoError(f"cannot use the folder {root}: it is not writable")
    return Folders(root, root / "server", root / "sample", notice)


def _closed_parent(root: Path) -> Path | None:
    """The outermost existing parent that other users cannot pass; None when all is well.

    Only an agent that is root runs builds as users of their own.
    """
    if os.geteuid() != 0:
        return None
    for parent in reversed(root.resolve().parents):
        try:
            if not parent.stat().st_mode & 0o001:
                return parent
        except OSError:
            return None
    return None
