"""Which findings are new against a commit: its versions of the changed files are looked at, too."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bottega.check.scanning import history
from bottega.check.scanning.newcomers import keep_newcomers, plan_of_base
from bottega.check.scanning.plan import ScanPlan, ScanResult
from bottega.local.errors import LocalError


def changed_since(folder: Path, commit: str) -> set[str]:
    """Names of files that differ from the commit, or are not in git. Raises LocalError for what is no commit."""
    try:
        return history.changed_since(folder, commit)
    except history.HistoryError as error:
        raise LocalError(f"--since: {error}") from None


def keep_new(
    result: ScanResult,
    folder: Path,
    commit: str,
    plan: ScanPlan,
    scan: Callable[[ScanPlan, Path], ScanResult],
) -> None:
    """Take out of ``result`` what the commit had already, by the rules that servers recognise issues by.

    ``scan`` looks at the commit's versions of ``plan.only``, in a folder for that. What could not be looked at there is
    said in the result's limits. Raises LocalError.
    """
    # Configuration that counts may lie in any file.
    names = None if plan.own_config else set(plan.only or ())
    if not result.findings:
        return
    with tempfile.TemporaryDirectory(prefix="bottega-since-") as temporary:
        root = Path(temporary)
        try:
            _write(root, history.contents(folder, commit, names, plan.limits.file_bytes))
        except history.HistoryError as error:
            raise LocalError(f"--since: {error}") from None
        former = scan(plan_of_base(plan), root)
    if known := keep_newcomers(result, former):
        result.limits.append(f"{known} findings that were there at {commit} are not shown")


def _write(root: Path, files: Iterable[tuple[str, bytes]]) -> None:
    for name, content in files:
        if ".." in name.split("/"):
            continue
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
