"""Rules, issues and gates of a server that follows no issues: what was found is counted, and nothing else."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy.orm import Session

from bottega.check.engines import ENGINES
from bottega.check.engines.base import GENERAL, EngineMissing, rule_id
from bottega.check.languages import LANGUAGES, find
from bottega.check.scanning.plan import EngineChoice, RuleChoice, ScanResult
from bottega.check.tasks import reading
from bottega.check.tasks.settings import Gate, TaskSettings
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.store.database import Database


def choose_plainly(_session: Session, _task: CheckTask, settings: TaskSettings) -> list[EngineChoice]:
    """The general rules of every engine for the languages of the task, or for all of them."""
    chosen = [language for one in settings.rule_sets if one.on and (language := find(one.language))]
    languages = {language.name for language in chosen} or set(LANGUAGES)
    found: list[EngineChoice] = []
    for name, engine in ENGINES.items():
        try:
            facts = engine.rules(engine.locate())
        except EngineMissing:
            continue
        for language in sorted(languages & engine.languages):
            rules = {
                rule_id(name, one.code): RuleChoice(severity=one.severity)
                for one in facts
                if one.level <= GENERAL and language in one.languages
            }
            found.append(EngineChoice(engine=name, language=language, rules=rules))
    return found


def gate_of_task(session: Session, task: CheckTask) -> Gate:
    """The gate in the settings of the task's family."""
    return reading.settings_of(session, task).gate or Gate()


class PlainIssues:
    """Counts findings by their severity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, scan_id: str, result: ScanResult, before: Mapping[str, FileSnapshot]) -> None:  # noqa: ARG002
        """Fill the row of the scan."""
        counted = Counter(finding.severity for finding in result.findings)
        engines = {
            report.engine: {
                "state": report.state,
                "reason": report.reason,
                "files": report.files,
                "analysed": report.analysed,
            }
            for report in result.engines
        }
        skipped = sum(bool(file.skipped) for file in result.files)
        with self._database.write() as session:
            scan = session.get_one(CheckScan, scan_id)
            scan.counts = [counted[severity] for severity in range(4)]
            scan.engines = {report.engine: report.version for report in result.engines}
            scan.coverage = {
                "files": len(result.files),
                "skipped": skipped,
                "engines": engines,
                "limits": list(result.limits),
            }
            scan.figures = {"files": len(result.files)}
