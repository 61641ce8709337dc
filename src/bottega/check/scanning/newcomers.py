"""What a scan found that another scan of an earlier state of the same repository did not."""

import msgspec

from bottega.check.findings import Finding
from bottega.check.scanning.plan import UNCHANGED, ScanPlan, ScanResult
from bottega.check.tracking.changed import tolerated
from bottega.check.tracking.matching import KnownIssue, match
from bottega.check.tracking.snapshots import FileSnapshot

_KNOWN = [name for name in KnownIssue.__struct_fields__ if name in Finding.__struct_fields__]


def keep_newcomers(result: ScanResult, base: ScanResult) -> int:
    """Take the findings that are in ``base`` too out of ``result``, wherever they have moved meanwhile; how many.

    A finding in a line that was changed is new: the change may have mended one and made another. Engines that did not
    do their work for ``base`` are told among the limits, for all they found is new then.
    """
    known = [KnownIssue(**{name: getattr(one, name) for name in _KNOWN}) for one in base.findings]
    before, now = _snapshots(base), _snapshots(result)
    whole = base.complete and result.complete
    matching = match(known, result.findings, before, now, whole=whole)
    new = {*matching.new, *matching.edited}
    new -= tolerated(result.findings, matching.new, before, now, whole=whole)
    count = len(result.findings)
    result.findings = [one for at, one in enumerate(result.findings) if at in new]
    result.limits += [
        f"{one.engine} was {one.state} for the state that was compared with: what it found may be older"
        for one in base.engines
        if one.state != "done"
    ]
    return count - len(result.findings)


def plan_of_base(plan: ScanPlan) -> ScanPlan:
    """The plan for the state that is compared with, of which only the findings are wanted."""
    return msgspec.structs.replace(plan, duplicates=False, blame=False, base="")


def _snapshots(result: ScanResult) -> dict[str, FileSnapshot]:
    return {
        file.path: FileSnapshot(file.sha256, file.line_hashes)
        for file in result.files
        if file.skipped != UNCHANGED
    }
