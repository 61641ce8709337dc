import json

import jsonschema

from bottega.check.engines.base import GENERAL, RuleFacts
from bottega.check.findings import Edit, Event, Finding, Fix
from bottega.check.reports.line_print import line_prints
from bottega.check.reports.sarif_out import sarif
from bottega.check.scanning.plan import EngineReport, ScannedFile, ScanResult
from bottega.check.severities import Severity
from bottega.check.tracking.fingerprint import fingerprint
from tests.check.reports.sarif_parts import LOG

FACTS = RuleFacts(
    code="S1",
    name="evil eval",
    languages=("PYTHON",),
    severity=Severity.FATAL,
    level=GENERAL,
    description="It runs what it is given.",
    advice="Do not.",
    tags=("security",),
    cwe=(95,),
    owasp=("A03:2021",),
    url="https://example.org/S1",
)


def found(**changes: object) -> Finding:
    values = {
        "rule": "engine:S1",
        "path": "src/a b.py",
        "language": "PYTHON",
        "severity": 0,
        "message": "eval",
        "line": 2,
        "column": 5,
        "end_line": 2,
        "end_column": 9,
        "scope": "f",
        "statement": "evalx",
        "fragment": ((1, "def f(x):"), (2, "    eval(x)")),
        **changes,
    }
    return Finding(**values)  # type: ignore[arg-type]


def result(*findings: Finding, **changes: object) -> ScanResult:
    values: dict[str, object] = {"files": [], "engines": [], "findings": list(findings), **changes}
    return ScanResult(**values)  # type: ignore[arg-type]


def test_a_finding_has_rule_place_fingerprints_fix_and_flow() -> None:
    finding = found(
        events=(Event(path="src/a b.py", line=1, description="comes in"),),
        fixes=(
            Fix(
                description="call it",
                edits=(Edit(line=2, column=5, end_line=2, end_column=9, text="literal_eval"),),
            ),
            Fix(description="or think"),
        ),
        also=("other:X",),
    )
    log = sarif(
        result(finding, commit="c" * 40), {"engine:S1": FACTS}, lambda _path: "def f(x):\n    eval(x)\n"
    )
    jsonschema.validate(log, LOG)
    run = log["runs"][0]
    one = run["results"][0]
    rule = run["tool"]["driver"]["rules"][one["ruleIndex"]]
    assert (rule["id"], rule["name"], rule["defaultConfiguration"]) == (
        "engine:S1",
        "EvilEval",
        {"level": "error"},
    )
    assert "external/cwe/cwe-095" in rule["properties"]["tags"]
    assert rule["help"]["text"] == "It runs what it is given.\n\nDo not."
    place = one["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "src/a%20b.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endColumn": 9}
    assert one["partialFingerprints"]["scopeStatement/v1"] == fingerprint(
        "engine:S1", "src/a b.py", "f", "evalx", 0
    )
    assert one["partialFingerprints"]["primaryLocationLineHash"].endswith(":1")
    assert len(one["fixes"]) == 1
    assert one["codeFlows"][0]["threadFlows"][0]["locations"][0]["location"]["message"]["text"] == "comes in"
    assert one["properties"]["alsoFoundBy"] == ["other:X"]


def test_what_was_not_looked_at_is_in_the_file() -> None:
    files = [
        ScannedFile(path="a.py", languages=("PYTHON",), sha256="0", size=1, skipped="a binary file"),
        ScannedFile(path="b.py", languages=("PYTHON",), sha256="0", size=1, unread={"ruff": "line 1: no"}),
    ]
    engines = [
        EngineReport(engine="pmd", state="missing", reason="not installed"),
        EngineReport(engine="vet", state="failed", reason="crashed", version="1"),
    ]
    log = sarif(result(files=files, engines=engines, limits=["more than 3 files"]), {})
    jsonschema.validate(log, LOG)
    invocation = log["runs"][0]["invocations"][0]
    assert not invocation["executionSuccessful"]
    said = [
        (notice["level"], notice["message"]["text"]) for notice in invocation["toolExecutionNotifications"]
    ]
    assert said == [
        ("error", "pmd: missing: not installed"),
        ("error", "vet: failed: crashed"),
        ("note", "more than 3 files"),
        ("warning", "not analysed: a binary file"),
        ("warning", "not analysed by ruff: line 1: no"),
    ]


def test_a_finding_about_a_whole_file_has_no_region() -> None:
    log = sarif(result(found(line=0, column=0, end_line=0, end_column=0, fragment=())), {})
    jsonschema.validate(log, LOG)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place.keys() == {"artifactLocation"}
    assert json.dumps(log)


def test_equal_lines_have_the_same_print_and_are_counted() -> None:
    repeated = "x = 1\n" * 300
    prints = line_prints(repeated)
    assert len({line.partition(":")[0] for line in prints[:100]}) == 1
    assert [line.partition(":")[2] for line in prints[:3]] == ["1", "2", "3"]


def test_blanks_and_line_ends_do_not_change_the_print_of_a_line() -> None:
    assert line_prints("a b\r\nc\r\n")[:2] == line_prints("ab\n  c\n")[:2]
