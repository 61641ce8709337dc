"""The totals of a scan, and what it looked at."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from bottega.check.issues.counting import Counted
from bottega.check.issues.marks import ScanMarks
from bottega.check.issues.states import ACTIVE, IssueStatus
from bottega.check.scanning.plan import UNCHANGED, FileMetrics, ScannedFile, ScanResult
from bottega.check.severities import Severity

TOP_RULES = 10
MOST_SKIPPED = 1_000
"""So many skipped files are named with their reasons; all of them are counted."""
MOST_REASONS = 50
OTHER_REASONS = "other reasons"

HUGE_HEADER, HUGE_SOURCE, HUGE_FOLDER = 500, 2_000, 50
"""Lines of a header and of another file, and files of a folder, above which they count as huge."""

_HIGHEST = frozenset({"highest_complexity", "highest_cca", "highest_depth"})
_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".h++", ".inl", ".inc")


def open_by_severity(counts: Mapping[Counted, int]) -> list[int]:
    """How many open issues count, by severity: four numbers."""
    found = [0] * len(Severity)
    for one, count in counts.items():
        if one.status in ACTIVE and not one.deferred:
            found[one.severity] += count
    return found


def issue_figures(counts: Mapping[Counted, int], became: Mapping[str, int]) -> dict[str, Any]:
    """What the issues of a task come to. Deferred ones are counted by themselves only."""
    statuses: Counter[int] = Counter()
    rules: Counter[str] = Counter()
    new = deferred = 0
    for one, count in counts.items():
        if one.deferred:
            deferred += count if one.status in ACTIVE else 0
            continue
        statuses[one.status] += count
        if one.status in ACTIVE:
            rules[one.rule] += count
            new += count if one.is_new else 0
    return {
        "issues": sum(statuses[status] for status in ACTIVE),
        "new_issues": new,
        "deferred_issues": deferred,
        "resolved_issues": statuses[IssueStatus.RESOLVED],
        "ignored_issues": statuses[IssueStatus.IGNORED],
        "reopened_issues": statuses[IssueStatus.REOPENED],
        "fixed_issues": statuses[IssueStatus.FIXED],
        "gone_issues": statuses[IssueStatus.GONE],
        "became_fixed": became.get("fixed", 0),
        "became_gone": became.get("gone", 0),
        "became_reopened": became.get("reopened", 0),
        "top_rules": [list(pair) for pair in rules.most_common(TOP_RULES)],
    }


def size_figures(files: Iterable[ScannedFile]) -> dict[str, int]:
    """Sums (for highest values the highest) over all files, by the names of
    :class:`~bottega.check.scanning.plan.FileMetrics`; files and folders; files that have a twin; what is huge.
    """
    names = FileMetrics.__struct_fields__
    found = dict.fromkeys(names, 0)
    folders: Counter[str] = Counter()
    huge: Counter[bool] = Counter()
    source_lines = source_duplicates = 0
    contents: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    count = 0
    for file in files:
        count += 1
        folders[file.path.rpartition("/")[0]] += 1
        header = file.path.endswith(_HEADERS)
        if file.size:
            contents[file.sha256] += 1
            sources[file.sha256] += not header
        if file.metrics is None:
            continue
        huge[header] += file.metrics.lines > (HUGE_HEADER if header else HUGE_SOURCE)
        if not header:
            source_lines += file.metrics.code
            source_duplicates += file.metrics.duplicated_lines
        for name in names:
            value = getattr(file.metrics, name)
            found[name] = max(found[name], value) if name in _HIGHEST else found[name] + value
    return {
        **found,
        "files": count,
        "folders": len(folders),
        "duplicated_files": sum(number for number in contents.values() if number > 1),
        "duplicated_source_files": sum(number for number in sources.values() if number > 1),
        "source_files": sources.total(),
        "source_lines": source_lines,
        "source_duplicated_lines": source_duplicates,
        "huge_headers": huge[True],
        "huge_sources": huge[False],
        "huge_folders": sum(number > HUGE_FOLDER for number in folders.values()),
    }


def coverage(result: ScanResult, marks: ScanMarks) -> dict[str, Any]:
    """What was looked at, and what not, and why. ``complete``: all that this check was to look at.

    ``missed`` has path, engine (empty for all of them) and reason of the first files that were not looked at.
    ``lost`` counts by reason those that no engine has looked at although the task asks for their language.
    """
    analysed = 0
    reasons: Counter[str] = Counter()
    missed: list[list[str]] = []
    lost: Counter[str] = Counter()
    unread = False
    for file in result.files:
        analysed += bool(file.engines)
        faults = [("", file.skipped)] if file.skipped else list(file.unread.items())
        wanted = not marks.languages or not marks.languages.keys().isdisjoint(file.languages)
        for engine, reason in faults:
            reasons[reason] += 1
            if wanted and engine:
                unread = True
            elif wanted and reason != UNCHANGED:
                lost[reason] += 1
            if len(missed) < MOST_SKIPPED:
                missed.append([file.path, engine, reason])
    broken = [one.engine for one in result.engines if one.state != "done"]
    return {
        "complete": not (lost or unread or broken or result.limits),
        "files": len(result.files),
        "analysed": analysed,
        "skipped": sum(bool(file.skipped) for file in result.files),
        "unread": sum(bool(file.unread) for file in result.files),
        "others": result.others,
        "suppressed": result.suppressed,
        "engines": msgspec.to_builtins(result.engines),
        "reasons": _commonest(reasons),
        "lost": _commonest(lost),
        "missed": missed,
        "limits": list(result.limits),
        "notes": list(result.notes),
    }


def _commonest(reasons: Counter[str]) -> dict[str, int]:
    """Those that are kept, with all others as one: the sum is that of all."""
    kept = Counter(dict(reasons.most_common(MOST_REASONS)))
    kept[OTHER_REASONS] += reasons.total() - kept.total()
    return dict(+kept)
