"""What a check came to, as a person would say it. Every sentence is a figure of the check; nothing is guessed."""

from collections import Counter
from typing import Any

from bottega.check.api.summary_models import percent
from bottega.check.api.v2_issue_models import by_severity
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.service import TaskState
from bottega.check.issues.states import ACTIVE
from bottega.check.tasks.tables import CheckScan

TOP = 3
_ENGLISH = ("fatal", "serious", "general", "hint")
_CHINESE = ("致命", "严重", "一般", "提示")


def sentences(state: TaskState, rules: RuleBook, *, chinese: bool) -> str:
    """One line for each thing there is to say."""
    if state.scan is None:
        return "该任务尚未成功检查。" if chinese else "The task has not been checked yet."
    lines = [
        _found(state, state.scan, chinese=chinese),
        _rules(state, rules, chinese=chinese),
        _code(state.scan, chinese=chinese),
        _coverage(state.scan, chinese=chinese),
        _gate(state.scan, chinese=chinese),
    ]
    return "\n".join(line for line in lines if line)


def _found(state: TaskState, scan: CheckScan, *, chinese: bool) -> str:
    counts = by_severity(state.counts)
    new = sum(
        n for one, n in state.counts.items() if one.status in ACTIVE and one.is_new and not one.deferred
    )
    branch = scan.branch or state.task.branch
    if chinese:
        parts = "、".join(f"{name} {count}" for name, count in zip(_CHINESE, counts, strict=True))
        return f"分支 {branch} 的第 {scan.number} 次检查:待处理问题 {sum(counts)} 个({parts}),其中新增 {new} 个。"
    parts = ", ".join(f"{name} {count}" for name, count in zip(_ENGLISH, counts, strict=True))
    return f"Check {scan.number} of {branch}: pending issues: {sum(counts)} ({parts}), of which new: {new}."


def _rules(state: TaskState, rules: RuleBook, *, chinese: bool) -> str:
    found: Counter[str] = Counter()
    for one, count in state.counts.items():
        if one.status in ACTIVE and not one.deferred:
            found[one.rule] += count
    most = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:TOP]
    if not most:
        return ""
    if chinese:
        return "最多的规则:" + "、".join(f"{rules.name(rule)} {count}" for rule, count in most) + "。"
    return "Most of them: " + ", ".join(f"{rules.name(rule)} ({count})" for rule, count in most) + "."


def _code(scan: CheckScan, *, chinese: bool) -> str:
    figures: dict[str, Any] = scan.figures
    files, code = int(figures.get("files", 0)), int(figures.get("code", 0))
    twice = percent(int(figures.get("duplicated_lines", 0)), code)
    complex_functions = int(figures.get("complex_functions", 0))
    if chinese:
        return f"{files} 个文件,{code} 行代码,重复率 {twice},过于复杂的函数 {complex_functions} 个。"
    size = f"Files: {files}; lines of code: {code}, of which duplicated: {twice}"
    return f"{size}; functions that are too complex: {complex_functions}."


def _coverage(scan: CheckScan, *, chinese: bool) -> str:
    if scan.coverage.get("complete"):
        return "所有文件均已检查。" if chinese else "Everything that was to be looked at was looked at."
    reports: list[dict[str, Any]] = scan.coverage.get("engines", [])
    broken = ", ".join(one["engine"] for one in reports if one["state"] != "done")
    missed = sum(scan.coverage.get("lost", {}).values()) + int(scan.coverage.get("unread", 0))
    if chinese:
        engines = f";未完成的引擎:{broken}" if broken else ""
        return f"检查不完整:{missed} 个文件未被全部引擎检查{engines}。"
    engines = f"; engines that did not do their work: {broken}" if broken else ""
    return f"Not everything was looked at. Files that an engine or all of them skipped: {missed}{engines}."


def _gate(scan: CheckScan, *, chinese: bool) -> str:
    if not scan.gate:
        return ""
    if scan.gate == "success":
        return "质量门禁通过。" if chinese else "The quality gate is passed."
    faults = "; ".join(scan.gate_faults)
    return f"质量门禁未通过:{faults}。" if chinese else f"The quality gate is not passed: {faults}."
