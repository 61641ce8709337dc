"""Oxlint: JavaScript and TypeScript, also inside Vue components."""

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bottega.check.engines.base import (
    COMPREHENSIVE,
    CRITICAL,
    GENERAL,
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    Job,
    Located,
    RuleFacts,
)
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.reading import Columns, last_line, output_of, relative
from bottega.check.engines.references import beside, digests
from bottega.check.engines.syntax import SYNTAX, sifted, syntax_error
from bottega.check.findings import Event, Fix, RawFinding
from bottega.check.severities import Severity

_BY_CATEGORY = {
    "correctness": (Severity.SERIOUS, CRITICAL),
    "suspicious": (Severity.GENERAL, GENERAL),
    "perf": (Severity.GENERAL, GENERAL),
    "pedantic": (Severity.HINT, COMPREHENSIVE),
    "style": (Severity.HINT, OPTIONAL),
    "restriction": (Severity.HINT, OPTIONAL),
    "nursery": (Severity.HINT, OPTIONAL),
}
"""Oxlint's own categories, as severity and level."""

_EVERYWHERE = frozenset({"eslint", "oxc", "unicorn", "promise", "import", "node"})
"""Sets of rules that hold for any code; the others are about one framework, and in no system set."""

_PLUGINS = {"jsx_a11y": "jsx-a11y", "react_perf": "react-perf"}
"""Sets whose name differs where they are switched on."""

_IMPORTS = "import."
"""How codes of rules begin that are about what other files export."""
# Any text that could be one is quickly found; a pattern of all forms of imports takes twenty times as long.
_RELATIVE = (re.compile(rb'"(\.[^"\n]*)"'), re.compile(rb"'(\.[^'\n]*)'"))
_COMPILED = frozenset({".js", ".jsx", ".mjs", ".cjs"})
_SUFFIXES = (".js", ".ts", ".jsx", ".tsx", ".mjs", ".mts", ".cjs", ".cts", ".d.ts", ".vue")

_CODE = re.compile(r"([\w-]+)\(([\w/-]+)\)")
_CONFIG = ".bottega-oxlint.json"

_REFUSED = re.compile(r"Failed to open file (.*) with error (.*)", re.DOTALL)


class Oxlint(Engine):
    """Hundreds of rules of a dozen ESLint plug-ins in one program."""

    name = "oxlint"
    title = "Oxlint"
    url = "https://oxc.rs/docs/guide/usage/linter"
    licence = "MIT"
    languages = frozenset({"JAVASCRIPT", "TYPESCRIPT"})
    install = "pip install 'oxlint>=1.89'"
    batch = 2000
    uses_cores = True

    def locate(self) -> Located:
        program = wheel_program("oxlint", self.install)
        return Located(command=(program,), version=version_of([program, "--version"], at_least=(1, 80)))

    def rules(self, located: Located) -> list[RuleFacts]:
        every = json.loads(output_of([*located.command, "--rules", "-f", "json"]))
        syntax = syntax_error(("JAVASCRIPT", "TYPESCRIPT"), "The file cannot be parsed.")
        return [*(_facts(rule) for rule in every if not rule["type_aware"]), syntax]

    def surroundings(self, root: Path, files: Sequence[str], rules: Collection[str]) -> Mapping[str, bytes]:
        """Rules about imports look into what is imported."""
        if not any(code.startswith(_IMPORTS) for code in rules):
            return {}
        return digests(root, files, _imported)

    def analyse(self, job: Job) -> Analysis:
        command = [*job.located.command, "-f", "json", "--no-ignore", "--threads", str(job.cores)]
        if job.own_config:
            # What the repository switches on or off comes on top of the rules that are asked for.
            command += ["-A", "all", *_switches(job.rules)]
        else:
            config = job.scratch / _CONFIG
            config.write_text(json.dumps(_config(job.rules)), "utf-8")
            command += ["--disable-nested-config", "-c", str(config)]
        done = job.run([*command, *(str(job.root / file) for file in job.files)], folder=job.scratch)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            said = last_line(done.stdout) or last_line(done.stderr)
            raise EngineFailed(said or f"exit code {done.code}") from None
        columns = Columns(job.root)
        found: list[RawFinding] = []
        unread: dict[str, str] = {}
        for item in answer["diagnostics"]:
            if "filename" in item:
                found.append(_finding(item, job.root, columns))
                continue
            # Such as a file that is not in UTF-8.
            refused = _REFUSED.match(item["message"])
            if refused is None:
                raise EngineFailed(item["message"])
            unread[relative(refused.group(1), job.root)] = refused.group(2).strip('"')
        return sifted(found, {SYNTAX}, lambda code: code != SYNTAX or code in job.rules, unread)


def _imported(file: str, content: bytes) -> Iterator[str]:
    for name in {name for pattern in _RELATIVE for name in pattern.findall(content)}:
        path = beside(file, os.fsdecode(name))
        if path is None:
            continue
        # A name may be whole, that of what the file is compiled to, without its suffix, or that of a folder.
        stem, suffix = os.path.splitext(path)  # noqa: PTH122 - it is no file yet
        yield path
        if suffix in _COMPILED:
            yield stem + suffix.replace("j", "t")
        elif suffix not in _SUFFIXES:
            yield from (path + other for other in _SUFFIXES)
            yield from (f"{path}/index{other}" for other in _SUFFIXES)


def _facts(rule: dict[str, Any]) -> RuleFacts:
    severity, level = _BY_CATEGORY[rule["category"]]
    scope = rule["scope"]
    if scope not in _EVERYWHERE | {"typescript"}:
        level = OPTIONAL
    return RuleFacts(
        code=f"{scope}.{rule['value']}",
        name=rule["value"].replace("-", " "),
        languages=("TYPESCRIPT",) if scope == "typescript" else ("JAVASCRIPT", "TYPESCRIPT"),
        severity=severity,
        level=level,
        description=f"{rule['value']} of {scope}: {rule['docs_url']}",
        tags=(rule["category"], scope),
        url=rule["docs_url"],
        fixable=rule["fix"] not in {"none", "pending"},
    )


def _plugin(code: str) -> tuple[str, str]:
    scope, _, name = code.partition(".")
    return _PLUGINS.get(scope, scope), name


def _config(rules: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    wanted = [_plugin(code) for code in rules if code != SYNTAX]
    return {
        "plugins": sorted({plugin for plugin, _ in wanted}),
        "categories": dict.fromkeys(_BY_CATEGORY, "off"),
        "rules": {f"{plugin}/{name}": "error" for plugin, name in wanted},
    }


def _switches(rules: Mapping[str, Mapping[str, str]]) -> list[str]:
    wanted = [_plugin(code) for code in rules if code != SYNTAX]
    built_in = {"eslint", "unicorn", "oxc", "typescript"}
    plugins = [f"--{plugin}-plugin" for plugin in sorted({plugin for plugin, _ in wanted} - built_in)]
    return [*plugins, *(part for plugin, name in wanted for part in ("-D", f"{plugin}/{name}"))]


def _finding(item: dict[str, Any], root: Path, columns: Columns) -> RawFinding:
    path = relative(item["filename"], root)
    labels: list[dict[str, Any]] = item.get("labels") or []
    first: dict[str, int] = labels[0]["span"] if labels else {"line": 0, "column": 0}
    named = _CODE.fullmatch(item.get("code") or "")
    advice = item.get("help") or ""
    events = tuple(
        Event(path=path, line=label["span"]["line"], description=label.get("label") or "", main=number == 0)
        for number, label in enumerate(labels)
    )
    return RawFinding(
        code=SYNTAX if named is None else f"{_scope(named.group(1))}.{named.group(2)}",
        path=path,
        message=item["message"],
        line=first["line"],
        column=columns.of(path, first["line"], first["column"] - 1) if first["column"] else 0,
        events=events if len(events) > 1 else (),
        fixes=(Fix(description=advice),) if advice else (),
    )


def _scope(plugin: str) -> str:
    # In messages sets have names of their own, like "typescript-eslint".
    known = plugin.removeprefix("eslint-plugin-").replace("-", "_")
    return "typescript" if known == "typescript_eslint" else known
