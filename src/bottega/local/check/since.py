"""What a folder is compared with: the files of a commit, put where the scan can look at them, too."""

from collections.abc import Collection
from pathlib import Path

from bottega.check.scanning import history
from bottega.local.errors import LocalError


def changed_since(folder: Path, commit: str) -> set[str]:
    """Names of files that differ from the commit, or are not in git. Raises LocalError for what is no commit."""
    try:
        return history.changed_since(folder, commit)
    except history.HistoryError as error:
        raise LocalError(f"--since: {error}") from None


def put(folder: Path, commit: str, names: Collection[str] | None, most: int, into: Path) -> None:
    """Write what ``commit`` has of these files of ``folder``, or of all, each of at most ``most`` bytes.

    Raises LocalError.
    """
    try:
        for name, content in history.contents(folder, commit, names, most):
            parts = name.split("/")
            # Git itself makes no such entries, but takes trees that have them.
            if ".." in parts or ".git" in parts:
                continue
            file = into / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    except (history.HistoryError, OSError) as error:
        raise LocalError(f"--since: {error}") from None
