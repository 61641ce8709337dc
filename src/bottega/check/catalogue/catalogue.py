"""All rules of all engines that are here, and which engines are not."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from bottega.check.catalogue import keeping
from bottega.check.catalogue.collecting import Answer, ask_all
from bottega.check.catalogue.rules import Rule
from bottega.check.engines import ENGINES
from bottega.check.engines.base import Engine, rule_id
from bottega.check.languages import LANGUAGES

log = structlog.get_logger(__name__)


class Catalogue:
    """Never changes. ``rules`` are by unified id and sorted by it.

    ``missing`` says for each engine that is not here why, and how to get it; ``versions`` are those of the others.
    ``renamed`` has the present id of each id a rule had earlier.
    ``former`` are the rules of missing engines, as far as they were here before: rule sets may still name them.
    """

    def __init__(self, engines: Mapping[str, Engine], answers: Mapping[str, Answer]) -> None:
        self.engines = engines
        self.missing = {name: answer.missing for name, answer in answers.items() if answer.missing}
        self.versions = {
            name: answer.kept.version
            for name, answer in answers.items()
            if answer.kept is not None and not answer.missing
        }
        self.rules: Mapping[str, Rule] = _rules(answers, self.versions)
        self.former: Mapping[str, Rule] = _rules(answers, self.missing)
        self.renamed: Mapping[str, str] = {
            former: rule.id
            for rule in self.rules.values()
            for code in rule.facts.earlier
            if (former := rule_id(rule.engine, code)) not in self.rules
        }
        self._by_language = {
            name: tuple(rule for rule in self.rules.values() if rule.speaks(name)) for name in LANGUAGES
        }

    @classmethod
    def load(cls, folder: Path, engines: Mapping[str, Engine] = ENGINES) -> "Catalogue":
        """The catalogue of this machine. Kept in ``folder``, so that only engines that changed are asked again."""
        before = keeping.read(folder)
        answers = ask_all(engines, before)
        kept = {name: answer.kept for name, answer in answers.items() if answer.kept is not None}
        if kept != before:
            # Without the file it works as well, only more slowly the next time.
            with contextlib.suppress(OSError, ValueError):
                keeping.write(folder, kept)
        for name in sorted(name for name, answer in answers.items() if answer.missing):
            log.info("engine is missing", engine=name, reason=answers[name].missing)
        return cls(engines, answers)

    def of_language(self, name: str) -> Sequence[Rule]:
        """The rules that rule sets of the language may have, by id; those for any text are among them."""
        return self._by_language.get(name, ())

    def find(self, id_: str) -> Rule | None:
        """The rule of that id, which may be one it had earlier."""
        return self.rules.get(id_) or self.rules.get(self.renamed.get(id_, ""))

    def engines_of(self, language: str) -> Sequence[Engine]:
        """All engines for the language, here or not; those for any text are among them."""
        return [
            engine for engine in self.engines.values() if not engine.languages or language in engine.languages
        ]

    def without_rules(self) -> Mapping[str, str]:
        """The languages no rule is about, with the reason."""
        return {name: self._reason(name) for name in LANGUAGES if not self.of_language(name)}

    def _reason(self, language: str) -> str:
        missing = [
            f"{engine.name}: {self.missing[engine.name]}"
            for engine in self.engines_of(language)
            if engine.name in self.missing
        ]
        return "; ".join(missing) or "no analyser of this version looks at it"


def _rules(answers: Mapping[str, Answer], of: Mapping[str, str]) -> dict[str, Rule]:
    found = {
        (id_ := rule_id(name, facts.code)): Rule(id=id_, engine=name, facts=facts)
        for name, answer in answers.items()
        if name in of and answer.kept is not None
        for facts in answer.kept.rules
    }
    return dict(sorted(found.items()))
