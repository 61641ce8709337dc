"""Learning the rules of analysers that list none: they are run on samples of ours, and their answers are kept.

A file of samples has one after the other, with a line ``%%`` between them.
"""

import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import msgspec

from bottega.check.engines.base import GENERAL, RuleFacts
from bottega.check.findings import Edit, RawFinding
from bottega.check.severities import Severity

OTHER = "other"
"""The rule that governs all findings whose code is in no catalogue."""
_BETWEEN = "\n%%\n"


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """What an analyser says of a sample: the finding, the code it is about and, where it tells a fix, mended code."""

    finding: RawFinding
    wrong: str
    right: str


def samples(engine: str, name: str) -> list[str]:
    """Our samples of a kind."""
    text = (files("bottega.check.engines") / "samples" / engine / f"{name}.txt").read_text("utf-8")
    return text.rstrip("\n").split(_BETWEEN)


@contextmanager
def written(texts: Iterable[str], suffix: str = "") -> Generator[tuple[Path, dict[str, str]]]:
    """A folder with each sample in a file of its own, whose name ends in ``suffix``; the samples by name of file."""
    with tempfile.TemporaryDirectory(prefix="bottega-samples-") as folder:
        by_name = {f"{number:04}{suffix}": text.rstrip("\n") + "\n" for number, text in enumerate(texts)}
        for name, text in by_name.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        yield Path(folder).resolve(), by_name


def examples(by_name: Mapping[str, str], findings: Iterable[RawFinding]) -> dict[str, Example]:
    """One example for each code: of all samples that show it, the one that shows the fewest others."""
    by_path: dict[str, dict[str, RawFinding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, {}).setdefault(finding.code, finding)
    ordered = sorted(by_path.items(), key=lambda item: (len(item[1]), len(by_name[item[0]]), item[0]))
    chosen: dict[str, Example] = {}
    for name, by_code in ordered:
        for code, finding in by_code.items():
            if code not in chosen:
                text = by_name[name]
                edits = finding.fixes[0].edits if finding.fixes else ()
                chosen[code] = Example(
                    finding=finding, wrong=text, right=mended(text, edits) if edits else ""
                )
    return chosen


def mended(text: str, edits: Iterable[Edit]) -> str:
    """A text after edits, which do not overlap."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda edit: (edit.line, edit.column), reverse=True):
        before = lines[edit.line - 1][: edit.column - 1]
        after = lines[edit.end_line - 1][edit.end_column - 1 :]
        lines[edit.line - 1 : edit.end_line] = (before + edit.text + after).split("\n")
    return "\n".join(lines)


def other(title: str, languages: tuple[str, ...]) -> RuleFacts:
    """The rule for what an analyser may find beyond its catalogue."""
    return RuleFacts(
        code=OTHER,
        name=f"anything else that {title} finds",
        languages=languages,
        severity=Severity.GENERAL,
        level=GENERAL,
        description=f"{title} does not list its rules. What it finds beyond those we know of is reported under its own "
        "code and with the severity it says, as long as this rule is on.",
        tags=("other",),
    )
