"""Folders to scan, engines that do what a test wants, and plans for both."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bottega.check.engines.base import (
    CRITICAL,
    Analysis,
    Engine,
    EngineFailed,
    EngineMissing,
    Job,
    Located,
    RuleFacts,
    rule_id,
)
from bottega.check.findings import RawFinding
from bottega.check.scanning.plan import EngineChoice, RuleChoice, ScanPlan, ScanResult
from bottega.check.scanning.scan import scan
from bottega.check.severities import Severity

CODE = "MARK"


class Marker(Engine):
    """Finds every line with the word ``bad``, in the way that analysers do; and breaks where it is told to."""

    name = "marker"
    title = "Marker"
    url = ""
    licence = ""
    languages = frozenset({"PYTHON", "C++"})
    install = "nothing to install"
    batch = 100

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.poison = ""
        self.missing = ""
        self.version = "1.0"
        self.word = "bad"

    def locate(self) -> Located:
        if self.missing:
            raise EngineMissing(self.missing)
        return Located(command=("true",), version=self.version)

    def rules(self, located: Located) -> list[RuleFacts]:  # noqa: ARG002
        return [
            RuleFacts(
                code=code, name="marked", languages=("PYTHON",), severity=Severity.SERIOUS, level=CRITICAL
            )
            for code in (CODE, "OFF")
        ]

    def analyse(self, job: Job) -> Analysis:
        self.asked.append(list(job.files))
        if self.poison and any(self.poison in file for file in job.files):
            raise EngineFailed("it crashed")
        findings: list[RawFinding] = []
        for file in job.files:
            text = (job.root / file).read_text("utf-8", "replace")
            for number, line in enumerate(text.splitlines(), 1):
                if self.word in line:
                    column = line.index(self.word) + 1
                    findings.append(
                        RawFinding(code=CODE, path=file, message="line is bad", line=number, column=column)
                    )
        return Analysis(findings=findings)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def choice(
    engine: str, *codes: str, language: str = "PYTHON", severity: int = 1, **options: str
) -> EngineChoice:
    rules = {
        rule_id(engine, code): RuleChoice(severity=severity, options=options, code=code) for code in codes
    }
    return EngineChoice(engine=engine, language=language, rules=rules)


def scanned(
    folder: Path,
    *choices: EngineChoice,
    engines: Sequence[Engine] = (),
    cache: Path | None = None,
    progress: Callable[[str], None] = lambda _line: None,
    **plan: object,
) -> ScanResult:
    """Scan with these engines, or with the real ones."""
    wanted = ScanPlan(choices=list(choices), **{"duplicates": False, **plan})  # type: ignore[arg-type]
    if engines:
        named = {engine.name: engine for engine in engines}
        return scan(wanted, folder, cache=cache, progress=progress, engines=named)
    return scan(wanted, folder, cache=cache, progress=progress)
