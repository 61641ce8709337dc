"""Which findings are new against a commit: its versions of the changed files are looked at, too."""

import tempfile
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import msgspec

from bottega.check.findings import Finding
from bottega.check.scanning import history
from bottega.check.scanning.plan import UNCHANGED, ScannedFile, ScanPlan, ScanResult
from bottega.check.tracking.matching import KnownIssue, match
from bottega.check.tracking.snapshots import FileSnapshot
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
        former = scan(msgspec.structs.replace(plan, duplicates=False), root)
    matching = match(
        [_known(finding) for finding in former.findings],
        result.findings,
        _snapshots(former.files),
        _snapshots(result.files),
    )
    result.findings = [result.findings[at] for at in sorted(matching.new)]
    if matching.links:
        result.limits.append(f"{len(matching.links)} findings that were there at {commit} are not shown")
    result.limits += [
        f"findings of {report.engine} all count as new: it did not look at {commit}: {report.reason}"
        for report in former.engines
        if report.state in {"failed", "missing"}
    ]


def _write(root: Path, files: Iterable[tuple[str, bytes]]) -> None:
    for name, content in files:
        if ".." in name.split("/"):
            continue
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _known(finding: Finding) -> KnownIssue:
    return KnownIssue(
        rule=finding.rule,
        path=finding.path,
        line=finding.line,
        scope=finding.scope,
        statement=finding.statement,
        masked=finding.masked,
        line_hash=finding.line_hash,
        before=finding.before,
        after=finding.after,
    )


def _snapshots(files: Collection[ScannedFile]) -> dict[str, FileSnapshot]:
    return {
        file.path: FileSnapshot(file.sha256, file.line_hashes) for file in files if file.skipped != UNCHANGED
    }
