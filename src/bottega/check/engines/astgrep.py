"""ast-grep: looks for the shapes that the rules of our own pack describe, in the syntax trees of a dozen languages."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bottega.check.engines.base import Analysis, Engine, EngineFailed, Job, Located, RuleFacts
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import is_utf8, last_line, relative
from bottega.check.engines.rulepack import LANGUAGES, PackRule, chosen, pack
from bottega.check.findings import Edit, Fix, RawFinding
from bottega.check.languages import of_file

_GRAMMARS = {
    "typescript": ["*.ets"],
    "html": ["*.vue"],
    # A header may be either; the grammar of C++ reads C as well, not the other way round.
    "cpp": ["*.h", "*.hxx", "*.h++", "*.inl", "*.inc", "*.mm", "*.cp", "*.c++"],
    "scala": ["*.sc"],
    "python": ["*.pyi"],
}
"""Files ast-grep does not know by their names; what is written in a component is found by itself."""
_UNPARSED = "unparsed"
"""Our rule for a file of which the grammar made no sense at all; what it makes no sense of in part is left out."""
_SEPARATOR = "__"
_SKIPPED = {"invalidUtf8": "the file is not in UTF-8"}
_EMPTY = "emptyFile"
"""Its reason to leave a file out that has nothing to find in it."""


class AstGrep(Engine):
    """Rules of our own, for languages without a better analyser and for what makes code open to attacks."""

    name = "astgrep"
    title = "Bottega's rules, by ast-grep"
    url = "https://ast-grep.github.io/"
    licence = "MIT"
    languages = LANGUAGES
    install = "pip install 'ast-grep-cli>=0.51'"
    batch = 500
    uses_cores = True

    def locate(self) -> Located:
        program = wheel_program("ast-grep", self.install)
        return Located(
            command=(program,), version=version_of([program, "--version"], (0, 51), package="ast-grep-cli")
        )

    def rules(self, located: Located) -> list[RuleFacts]:  # noqa: ARG002 - the rules are ours
        return [rule.facts for rule in pack().values()]

    def analyse(self, job: Job) -> Analysis:
        known = chosen(job.rules)
        config, rules = job.scratch / "sgconfig.yml", job.scratch / "rules.yml"
        config.write_text(json.dumps({"ruleDirs": [], "languageGlobs": _GRAMMARS}), "utf-8")
        rules.write_text(_documents(known.values()), "utf-8")
        unread = {
            file: "ast-grep takes no names that are not in UTF-8" for file in job.files if not is_utf8(file)
        }
        named = [file for file in job.files if file not in unread]
        if not named:
            return Analysis(findings=[], unread=unread)
        command = [*job.located.command, "scan", "-c", str(config), "-r", str(rules), "--json=stream"]
        command += ["--inspect=entity", "--color=never", "--no-ignore=hidden", f"--threads={job.cores}"]
        done = job.run([*command, "--", *(str(job.root / file) for file in named)], folder=job.scratch)
        told = done.stderr.decode("utf-8", "replace")
        if "sg: summary|file:" not in told:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
        for file in named:
            if (reason := _unread(file, told, job.root)) is not None:
                unread[file] = reason
        found: list[RawFinding] = []
        for line in done.stdout.splitlines():
            item = json.loads(line)
            path = relative(item["file"], job.root)
            code = item["ruleId"].partition(_SEPARATOR)[0]
            if code == _UNPARSED:
                unread.setdefault(path, f"cannot be parsed as {item['language']}")
                continue
            # Languages share grammars, but not what is wrong in them.
            if any(language.name in known[code].facts.languages for language in of_file(path)):
                found.append(_finding(item, path, code, known[code].facts))
        return Analysis(findings=found, unread=unread)


def _documents(rules: Iterable[PackRule]) -> str:
    every: list[dict[str, Any]] = []
    grammars: set[str] = set()
    for rule in rules:
        grammars.update(rule.grammars)
        every += [
            {**rule.body, "id": f"{rule.facts.code}{_SEPARATOR}{grammar}", "language": grammar}
            for grammar in rule.grammars
        ]
    whole = {"kind": "ERROR", "not": {"inside": {"regex": ".", "stopBy": "neighbor"}}}
    every += [
        {"id": f"{_UNPARSED}{_SEPARATOR}{grammar}", "language": grammar, "rule": whole}
        for grammar in sorted(grammars)
    ]
    return "\n---\n".join(json.dumps(document) for document in every)


def _unread(file: str, told: str, root: Path) -> str | None:
    # Names may have line breaks, so it is not read line by line.
    _, looked_at, rest = told.partition(f"sg: entity|file|{root / file}: ")
    if not looked_at:
        return "ast-grep did not look at it"
    language, _, reason = rest.partition("\n")[0].partition("skipped=")
    return None if language or reason == _EMPTY else _SKIPPED.get(reason, reason)


def _finding(item: dict[str, Any], path: str, code: str, facts: RuleFacts) -> RawFinding:
    start, end = item["range"]["start"], item["range"]["end"]
    place = {
        "line": start["line"] + 1,
        "column": start["column"] + 1,
        "end_line": end["line"] + 1,
        "end_column": end["column"] + 1,
    }
    fixes: tuple[Fix, ...] = ()
    if item.get("replacementOffsets") == item["range"]["byteOffset"]:
        fixes = (Fix(description=facts.advice, edits=(Edit(**place, text=item["replacement"]),)),)
    return RawFinding(code=code, path=path, message=item["message"], fixes=fixes, **place)
