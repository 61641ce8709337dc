"""The folders of a local build or check, and the user it runs as."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from bottega.local.errors import LocalError

FIRST_UID, UIDS = 61500, 500
"""Users of builds when the command is run by root; agents have others, from ``agent.first_uid`` on."""
_LOCKS = Path("/run/bottega-build")


def mirrors() -> Path:
    """Where checkouts of other repositories keep what they fetched, for the next build."""
    default = Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache"
    folder = Path(os.environ.get("XDG_CACHE_HOME") or default) / "bottega" / "mirrors"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LocalError(f"{folder} cannot be made: {error.strerror}", 1) from None
    return folder


@contextlib.contextmanager
def working_folder(keep: bool, kind: str = "build") -> Generator[Path]:
    """A folder for spools and workspaces of one command, which build users can pass through.

    It is deleted in the end, unless ``keep``; attempts in it have to be removed before.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"bottega-{kind}-"))
    try:
        folder.chmod(0o711)
        (folder / "spool").mkdir(mode=0o700)
        (folder / "work").mkdir()
        (folder / "work").chmod(0o711)
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def build_user(own_uid: bool, in_place: Path | None) -> Generator[int | None]:
    """The uid to run as, held against other commands meanwhile; None for the present user. Raises LocalError."""
    if not own_uid:
        yield None
        return
    if in_place is not None:
        owner = in_place.stat().st_uid
        if owner == 0:
            raise LocalError(
                "--in-place: builds never run as root, and this folder is root's: no other user could write to it"
            )
        yield owner
        return
    _LOCKS.mkdir(mode=0o700, exist_ok=True)
    for uid in range(FIRST_UID, FIRST_UID + UIDS):
        descriptor = os.open(_LOCKS / str(uid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        try:
            yield uid
        finally:
            os.close(descriptor)
        return
    raise LocalError(f"{UIDS} local builds and checks run on this machine already", 1)
