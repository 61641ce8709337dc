"""Which engine is to look at which files, for which rules."""

from collections.abc import Mapping, Sequence

import msgspec

from bottega.check.engines.base import Engine, Located, rule_id
from bottega.check.languages import ANY
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.plan import EngineChoice, RuleChoice


class Group(msgspec.Struct, kw_only=True):
    """Files that an engine looks at for the same rules; ``rules`` by the engine's own codes."""

    rules: dict[str, RuleChoice]
    files: list[SourceFile]

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """What the engine is told of its rules."""
        return {code: choice.options for code, choice in self.rules.items()}


class Assignment(msgspec.Struct, kw_only=True):
    """What one engine has to do; ``by_language`` are its choices."""

    engine: Engine
    by_language: dict[str, dict[str, RuleChoice]]
    files: list[SourceFile]


def assign(
    choices: Sequence[EngineChoice], engines: Mapping[str, Engine], files: Sequence[SourceFile]
) -> tuple[list[Assignment], list[str]]:
    """An assignment for every engine that is chosen, and the names of those that we do not know."""
    chosen: dict[str, dict[str, dict[str, RuleChoice]]] = {}
    for choice in choices:
        chosen.setdefault(choice.engine, {}).setdefault(choice.language, {}).update(choice.rules)
    assignments: list[Assignment] = []
    unknown = [name for name in chosen if name not in engines]
    for name, by_language in chosen.items():
        if (engine := engines.get(name)) is None:
            continue
        taken = [file for file in files if not file.skipped and _takes(engine, by_language, file)]
        assignments.append(Assignment(engine=engine, by_language=by_language, files=taken))
    return assignments, unknown


def wants_any_text(choices: Sequence[EngineChoice]) -> bool:
    """Whether files in no language are to be looked at too."""
    return any(choice.language == ANY for choice in choices)


def groups(assignment: Assignment, located: Located) -> list[Group]:
    """The files of an engine by the rules that hold for them. Raises :class:`EngineFailed`."""
    codes = _codes(assignment.engine, assignment.by_language, located)
    by_rules: dict[tuple[str, ...], Group] = {}
    by_content: dict[bytes, Group] = {}
    for file in assignment.files:
        chosen = tuple(name for name in (*file.languages, ANY) if name in assignment.by_language)
        if chosen not in by_rules:
            rules: dict[str, RuleChoice] = {}
            for name in reversed(chosen):
                rules |= {codes[rule]: choice for rule, choice in assignment.by_language[name].items()}
            same = msgspec.msgpack.encode(sorted((code, choice.options) for code, choice in rules.items()))
            by_rules[chosen] = by_content.setdefault(same, Group(rules=rules, files=[]))
        by_rules[chosen].files.append(file)
    return [group for group in by_content.values() if group.rules]


def _takes(engine: Engine, by_language: Mapping[str, object], file: SourceFile) -> bool:
    wanted = [name for name in file.languages if name in by_language]
    if not wanted and ANY not in by_language:
        return False
    return engine.takes(file.name, wanted or file.languages)


def _codes(
    engine: Engine, by_language: Mapping[str, Mapping[str, RuleChoice]], located: Located
) -> dict[str, str]:
    """The engine's own code of every unified id. An id that may stand for several codes is looked up."""
    codes: dict[str, str] = {}
    doubtful: set[str] = set()
    for rules in by_language.values():
        for rule, choice in rules.items():
            codes[rule] = choice.code or rule.partition(":")[2]
            if not choice.code and "." in codes[rule]:
                doubtful.add(rule)
    if doubtful:
        real = {rule_id(engine.name, facts.code): facts.code for facts in engine.rules(located)}
        codes |= {rule: real[rule] for rule in doubtful if rule in real}
    return codes
