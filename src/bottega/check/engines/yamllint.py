"""Yamllint: YAML."""

import codecs
import importlib
import json
import re
from pathlib import Path
from typing import Any

from bottega.check.engines.base import (
    COMPREHENSIVE,
    GENERAL,
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    EngineMissing,
    Job,
    Located,
    RuleFacts,
    RuleOption,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import last_line, relative
from bottega.check.engines.syntax import SYNTAX, sifted, syntax_error
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

_WRONG = frozenset({"key-duplicates", "anchors", "octal-values", "truthy"})
"""Rules about documents that mean something else than they seem to; all others are about their looks."""
_SHOWN = frozenset(
    {"empty-values", "float-values", "indentation", "trailing-spaces", "new-line-at-end-of-file"}
)
"""Of those about looks, the ones that a wide set has; the others are a matter of taste."""
_LINE = re.compile(r"(.*):(\d+):(\d+): \[(?:error|warning)\] (.*?)(?: \(([\w-]+)\))?")
_EXAMPLE = re.compile(
    r"following code snippet would \*\*(PASS|FAIL)\*\*:\n\s*::\n\n(.*?)(?=\n\s{0,3}\S|\Z)", re.DOTALL
)
_FOUND_SOMETHING = 2
_CRASH = b"Traceback (most recent call last)"
NOT_UNICODE = "the file is not in UTF-8"
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class Yamllint(Engine):
    """Beyond syntax: keys that come twice, values that are not what they look like."""

    name = "yamllint"
    title = "yamllint"
    url = "https://yamllint.readthedocs.io/"
    licence = "GPL-3.0, run as a program"
    languages = frozenset({"YAML"})
    install = "pip install 'yamllint>=1.38'"

    def locate(self) -> Located:
        program = wheel_program("yamllint", self.install)
        return Located(
            command=(program,), version=version_of([program, "--version"], (1, 30), package="yamllint")
        )

    def rules(self, located: Located) -> list[RuleFacts]:  # noqa: ARG002 - its rules are modules beside ours
        try:
            every: dict[str, Any] = importlib.import_module("yamllint.rules")._RULES
        except ImportError as error:
            raise EngineMissing(f"{error}; get it with: {self.install}") from None
        syntax = syntax_error(("YAML",), "The file cannot be parsed as YAML.")
        return [*(_facts(code, module) for code, module in every.items()), syntax]

    def analyse(self, job: Job) -> Analysis:
        chosen = {
            code: {"level": "error", **_values(job.rules[code])} for code in job.rules if code != SYNTAX
        }
        command = [*job.located.command, "-f", "parsable"]
        if not job.own_config:
            command += ["-d", json.dumps({"rules": chosen})]
        # At one that it cannot decode it would break off, with all after it unseen.
        unread = {file: NOT_UNICODE for file in job.files if not _is_unicode(job.root / file)}
        files = [file for file in job.files if file not in unread]
        if not files:
            return Analysis(findings=[], unread=unread)
        done = job.run(
            [*command, "--", *(str(job.root / file) for file in files)],
            folder=job.root if job.own_config else job.scratch,
            env={"PYTHONIOENCODING": "utf-8:surrogateescape"},
        )
        broken = done.code and (not done.stdout or _CRASH in done.stderr)
        if done.code not in range(_FOUND_SOMETHING + 1) or broken:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
        lines = done.stdout.decode("utf-8", "surrogateescape").split("\n")
        found = (finding for line in lines if (finding := _finding(line, job.root)))
        return sifted(found, {SYNTAX}, lambda code: code != SYNTAX or code in job.rules, unread)


def _is_unicode(path: Path) -> bool:
    """Whether it is in one of the encodings that YAML has."""
    try:
        content = path.read_bytes()
        if content.startswith(_MARKS) or b"\0" in content[:4]:
            return True
        content.decode()
    except OSError:
        # That is for the analyser to say.
        return True
    except UnicodeDecodeError:
        return False
    return True


def _facts(code: str, module: Any) -> RuleFacts:
    text = module.__doc__ or ""
    examples: dict[str, str] = dict(reversed(_EXAMPLE.findall(text)))
    wrong = code in _WRONG
    return RuleFacts(
        code=code,
        name=code.replace("-", " "),
        languages=("YAML",),
        severity=Severity.GENERAL if wrong else Severity.HINT,
        level=GENERAL if wrong else COMPREHENSIVE if code in _SHOWN else OPTIONAL,
        description=text.strip().partition("\n\n.. rubric::")[0],
        tags=("correctness" if wrong else "style",),
        right_example=examples.get("PASS", ""),
        wrong_example=examples.get("FAIL", ""),
        url=f"https://yamllint.readthedocs.io/en/stable/rules.html#module-yamllint.rules.{code.replace('-', '_')}",
        options=tuple(
            RuleOption(key=key, name=key, default=json.dumps(default))
            for key, default in getattr(module, "DEFAULT", {}).items()
            if isinstance(default, bool | int)
        ),
    )


def _values(options: Any) -> dict[str, Any]:
    """Options as texts, back in their types; what is none is left out."""
    values: dict[str, Any] = {}
    for key, text in options.items():
        try:
            value = json.loads(text)
        except ValueError:
            continue
        if isinstance(value, bool | int):
            values[key] = value
    return values


def _finding(line: str, root: Path) -> RawFinding | None:
    said = _LINE.fullmatch(line)
    if said is None:
        return None
    path, row, column, message, code = said.groups()
    return RawFinding(
        code=code or SYNTAX,
        path=relative(path, root),
        message=message,
        line=int(row),
        column=int(column),
    )
