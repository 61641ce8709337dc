"""Pylint: Python, with inference across modules."""

import os
import re
from pathlib import Path
from typing import Any

from bottega.check.engines.base import (
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    Job,
    Located,
    RuleFacts,
    RuleOption,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import Columns, json_of, last_line, output_of, relative
from bottega.check.engines.syntax import sifted
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

_BY_CATEGORY = {
    "E": ("error", Severity.SERIOUS),
    "W": ("warning", Severity.GENERAL),
    "R": ("refactor", Severity.HINT),
    "C": ("convention", Severity.HINT),
}
"""Pylint's own categories, by the first letter of a code. The others are about its own work."""
_GAVE_UP = frozenset({"E0001", "F0001", "F0002", "F0010"})
"""What it reports of a file it cannot read."""
_THRESHOLDS = {
    "C0301": "max-line-length",
    "C0302": "max-module-lines",
    "R0901": "max-parents",
    "R0902": "max-attributes",
    "R0904": "max-public-methods",
    "R0911": "max-returns",
    "R0912": "max-branches",
    "R0913": "max-args",
    "R0914": "max-locals",
    "R0915": "max-statements",
    "R0916": "max-bool-expr",
    "R0917": "max-positional-arguments",
    "R1702": "max-nested-blocks",
}
"""Settings of Pylint that are the threshold of one rule."""
_MESSAGE = re.compile(r"^:([\w-]+) \(([A-Z]\d{4})\): \*([\s\S]*?)\*\n((?:  .*\n|\n)*)", re.MULTILINE)
_SETTING = re.compile(r"^(max-[\w-]+)=(\d+)$", re.MULTILINE)
_MISUNDERSTOOD = 32
"""The bit of its exit code that says it was called in a way it does not understand."""


class Pylint(Engine):
    """Thorough and slow; never part of our own program, for its licence."""

    name = "pylint"
    title = "Pylint"
    url = "https://pylint.readthedocs.io/"
    licence = "GPL-2.0, run as a program"
    languages = frozenset({"PYTHON"})
    install = "pip install 'bottega[engines]'"
    default = False
    whole_project = True
    batch = 0

    def locate(self) -> Located:
        program = wheel_program("pylint", self.install)
        return Located(
            command=(program,), version=version_of([program, "--version"], (3, 0), package="pylint")
        )

    def rules(self, located: Located) -> list[RuleFacts]:
        listed, _, _ = (
            output_of([*located.command, "--list-msgs"]).decode().partition("\nNon-emittable messages")
        )
        settings = output_of([*located.command, f"--rcfile={os.devnull}", "--generate-rcfile"]).decode()
        defaults = dict(_SETTING.findall(settings))
        return [
            _facts(code, name, text, " ".join(more.split()), defaults)
            for name, code, text, more in _MESSAGE.findall(listed + "\n")
            if code[0] in _BY_CATEGORY
        ]

    def analyse(self, job: Job) -> Analysis:
        command = [*job.located.command, "--output-format=json2", "--persistent=n", "--disable=all"]
        # What it finds depends on how many processes share the work.
        command += ["--jobs=1", f"--enable={','.join([*job.rules, *_GAVE_UP])}"]
        if not job.own_config:
            command.append(f"--rcfile={os.devnull}")
        for code, options in job.rules.items():
            if code in _THRESHOLDS and (value := options.get("threshold", "")).isdigit():
                command.append(f"--{_THRESHOLDS[code]}={value}")
        done = job.run(
            [*command, "--", *(str(job.root / file) for file in job.files)],
            folder=job.root if job.own_config else job.scratch,
            env={"PYTHONSAFEPATH": "1"},
        )
        answer = json_of(done.stdout)
        if answer is None or done.code & _MISUNDERSTOOD:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
        columns = Columns(job.root)
        found = [_finding(item, job.root, columns) for item in answer["messages"]]
        return sifted(found, _GAVE_UP, job.rules.__contains__)


def _facts(code: str, name: str, text: str, more: str, defaults: dict[str, str]) -> RuleFacts:
    category, severity = _BY_CATEGORY[code[0]]
    setting = _THRESHOLDS.get(code, "")
    options = (
        (RuleOption(key="threshold", name=setting, default=defaults[setting]),) if setting in defaults else ()
    )
    return RuleFacts(
        code=code,
        name=name.replace("-", " "),
        languages=("PYTHON",),
        severity=Severity.FATAL if code in _GAVE_UP else severity,
        level=OPTIONAL,
        description=f"{' '.join(text.split())}\n\n{more}",
        tags=(category,),
        url=f"https://pylint.readthedocs.io/en/stable/user_guide/messages/{category}/{name}.html",
        options=options,
    )


def _finding(item: dict[str, Any], root: Path, columns: Columns) -> RawFinding:
    path, line, last = relative(item["absolutePath"], root), item["line"], item["endLine"] or 0
    offset, end = item["column"], item["endColumn"]
    return RawFinding(
        code=item["messageId"],
        path=path,
        message=item["message"],
        line=line,
        column=columns.of(path, line, offset) if offset is not None else 0,
        end_line=last,
        end_column=columns.of(path, last, end) if end is not None else 0,
        severity=int(_BY_CATEGORY.get(item["messageId"][0], ("", Severity.GENERAL))[1]),
    )
