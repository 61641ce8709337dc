"""Reading what other tools found."""

import gzip
import json
from typing import Any

import pytest

from bottega.check.findings import Finding
from bottega.check.reports.sarif_in import MAX_BYTES, NO_FINDING, NO_PLACE, NO_RULE, ImportedTool, read
from bottega.errors import Invalid


def place(uri: str = "src/a.py", line: int = 3, **more: Any) -> dict[str, Any]:
    region = {"startLine": line, "startColumn": 2, **more.pop("region", {})}
    location = {"uri": uri, **more.pop("artifact", {})}
    return {"physicalLocation": {"artifactLocation": location, "region": region}, **more}


def result(**more: Any) -> dict[str, Any]:
    return {"ruleId": "R1", "message": {"text": "broken"}, "locations": [place()], **more}


def log(*results: dict[str, Any], driver: dict[str, Any] | None = None, **run: Any) -> bytes:
    tool = {"driver": {"name": "Semgrep OSS", "version": "1.2", **(driver or {})}, **run.pop("tool", {})}
    return json.dumps(
        {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), **run}]}
    ).encode()


def only(body: bytes, **options: str) -> ImportedTool:
    (found,) = read(body, **options)
    return found


def one(body: bytes, **options: str) -> Finding:
    (found,) = only(body, **options).findings
    return found


def test_a_result_is_a_finding_of_an_engine_named_after_the_tool() -> None:
    snippet = {"snippet": {"text": "    eval(x)\n"}, "endLine": 3, "endColumn": 9}
    flow = {"threadFlows": [{"locations": [{"location": {**place(line=1), "message": {"text": "in"}}}]}]}
    deleted = {"startLine": 3, "startColumn": 5, "endColumn": 9}
    fix = {
        "description": {"text": "use literal_eval"},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": "src/a.py"},
                "replacements": [{"deletedRegion": deleted, "insertedContent": {"text": "literal_eval"}}],
            }
        ],
    }
    body = log(
        result(
            locations=[place(region=snippet, logicalLocations=[{"fullyQualifiedName": "shop.f"}])],
            codeFlows=[flow],
            fixes=[fix],
        )
    )
    tool = only(b"\xef\xbb\xbf" + body)
    assert (tool.engine, tool.name, tool.version) == ("sarif-semgrep-oss", "Semgrep OSS", "1.2")
    (found,) = tool.findings
    assert (found.rule, found.path, found.language) == ("sarif-semgrep-oss:R1", "src/a.py", "PYTHON")
    assert (found.line, found.column, found.end_line, found.end_column) == (3, 2, 3, 9)
    assert (found.scope, found.statement) == ("shop.f", "evalx")
    assert found.fragment == ((3, "    eval(x)"),)
    assert [(event.line, event.description) for event in found.events] == [(1, "in")]
    assert [edit.text for edit in found.fixes[0].edits] == ["literal_eval"]


@pytest.mark.parametrize(
    ("rule", "level", "severity"),
    [
        ({}, None, 2),
        ({}, "error", 1),
        ({}, "note", 3),
        ({"defaultConfiguration": {"level": "note"}}, None, 3),
        ({"defaultConfiguration": {"level": "note"}}, "error", 1),
        ({"properties": {"security-severity": "9.8"}}, "note", 0),
        ({"properties": {"security-severity": 5}}, None, 2),
        ({"properties": {"security-severity": "high"}}, "error", 1),
    ],
)
def test_severity_is_the_rules_security_score_or_a_level(
    rule: dict[str, Any], level: str | None, severity: int
) -> None:
    said = {} if level is None else {"level": level}
    assert one(log(result(**said), driver={"rules": [{"id": "R1", **rule}]})).severity == severity


@pytest.mark.parametrize(
    ("tool", "said", "severity"),
    [("Bottega", 0, 0), ("Bottega", 3, 3), ("Bottega", "0", 1), ("Bottega", 7, 1), ("Semgrep OSS", 0, 1)],
)
def test_our_own_logs_keep_their_severities(tool: str, said: object, severity: int) -> None:
    found = one(log(result(level="error", properties={"severity": said}), driver={"name": tool}))
    assert found.severity == severity


def test_a_rule_is_found_by_its_index_in_the_driver_or_an_extension() -> None:
    rules = [{"id": "a/b,c", "messageStrings": {"said": {"text": "{0} before {1} {2}"}}}]
    message = {"id": "said", "arguments": ["one", "two"]}
    bare = {"message": message, "locations": [place()]}
    found = one(log({**bare, "ruleIndex": 0}, driver={"rules": rules}))
    assert (found.rule, found.message) == ("sarif-semgrep-oss:a.b.c", "one before two {2}")
    reference = {"rule": {"index": 0, "toolComponent": {"index": 0}}}
    extension = {"extensions": [{"name": "more", "rules": rules}]}
    assert one(log({**bare, **reference}, tool=extension)).rule == "sarif-semgrep-oss:a.b.c"


def test_what_is_no_finding_is_left_out_and_counted() -> None:
    tool = only(
        log(
            result(kind="pass"),
            result(baselineState="absent"),
            {"message": {"text": "x"}, "locations": [place()]},
            result(locations=[]),
            result(locations=[place("../outside.py")]),
            result(locations=[place("https://example.org/a.py")]),
        )
    )
    assert tool.findings == []
    assert dict(tool.skipped) == {NO_FINDING: 2, NO_RULE: 1, NO_PLACE: 3}


@pytest.mark.parametrize(
    ("artifact", "root"),
    [
        ({"uri": "src/a%20b.py"}, ""),
        ({"uri": "./src/x/../a%20b.py"}, ""),
        ({"uri": "a%20b.py", "uriBaseId": "SOURCES"}, ""),
        ({"uri": "src/a%20b.py", "uriBaseId": "ROOT"}, ""),
        ({"uri": "src\\a b.py"}, ""),
        ({"index": 0}, ""),
        ({"uri": "file:///work/shop/src/a%20b.py"}, "/work/shop"),
        ({"uri": "/work/shop/src/a b.py"}, "file:///work/shop/"),
        ({"uri": "file:///C:/shop/src/a%20b.py"}, "C:\\shop"),
    ],
)
def test_every_way_to_name_a_file_of_the_repository_is_understood(
    artifact: dict[str, Any], root: str
) -> None:
    bases = {
        "ROOT": {"uri": "file:///home/ci/build/"},
        "SOURCES": {"uri": "src/", "uriBaseId": "ROOT"},
    }
    artifacts = [{"location": {"uri": "src/a%20b.py"}}]
    location = {"physicalLocation": {"artifactLocation": artifact}}
    found = one(log(result(locations=[location]), originalUriBaseIds=bases, artifacts=artifacts), root=root)
    assert (found.path, found.line) == ("src/a b.py", 0)


@pytest.mark.parametrize(
    "uri",
    [
        "file:///work/shopping/a.py",
        "file:///etc/passwd",
        "/work/shop/../../etc/passwd",
        "..",
        ".",
        "%2e%2e/x",
    ],
)
def test_files_outside_of_the_repository_are_not_taken(uri: str) -> None:
    assert dict(only(log(result(locations=[place(uri)])), root="/work/shop").skipped) == {NO_PLACE: 1}


def test_bases_that_name_each_other_come_to_an_end() -> None:
    bases = {"A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}}
    tool = only(log(result(locations=[place(artifact={"uriBaseId": "A"})]), originalUriBaseIds=bases))
    assert len(tool.findings) == 1


def test_what_the_tool_suppressed_is_ignored_from_the_first_day() -> None:
    accepted = {"kind": "inSource", "justification": "a test"}
    assert one(log(result(suppressions=[accepted]))).suppressed == "a test"
    assert one(log(result(suppressions=[{**accepted, "status": "rejected"}]))).suppressed == ""


def test_several_runs_of_a_tool_are_one_and_tools_are_kept_apart() -> None:
    first, second = json.loads(log(result())), json.loads(log(result(), driver={"name": "Other"}))
    first["runs"] += [*first["runs"], *second["runs"]]
    tools = read(json.dumps(first).encode())
    assert [(tool.engine, len(tool.findings)) for tool in tools] == [
        ("sarif-semgrep-oss", 2),
        ("sarif-other", 1),
    ]
    assert [found.occurrence for found in tools[0].findings] == [0, 1]
    with pytest.raises(Invalid, match="several tools"):
        read(json.dumps(first).encode(), tool="mine")
    assert only(log(), tool="My Linter").engine == "sarif-my-linter"


def test_a_tool_says_what_it_has_looked_at() -> None:
    broken = {
        "executionSuccessful": False,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": "no"}, "locations": [place("bad.py")]},
            {"message": {"text": "slow"}, "locations": [place("slow.py")]},
        ],
    }
    targets = [{"location": {"uri": "src/a.py"}, "roles": ["analysisTarget"]}, {"location": {"uri": "b.py"}}]
    tool = only(log(invocations=[broken], artifacts=targets))
    assert (tool.complete, tool.unread, tool.analysed) == (False, {"bad.py"}, {"src/a.py"})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not"),
        (b'{"version":"2.0.0","runs":[]}', r"Invalid enum value '2.0.0' - at `\$.version`"),
        (b'{"version":"2.1.0"}', "missing required field `runs`"),
        (b'{"version":"2.1.0","runs":[]}', "no run has results"),
        (b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}}}]}', "no run has results"),
        (log(result(level="bad")), r"at `\$.runs\[0\].results\[0\].level`"),
        (log(result(), result(locations=[place(line=0)])), r"results\[1\].locations\[0\].*startLine"),
        (log({"ruleId": "x"}), "missing required field `message`"),
        (log(driver={"name": "---"}), "no letter or digit"),
        (gzip.compress(log(), mtime=0)[:-9], "breaks off"),
        (b"\x1f\x8bnothing", "not as gzip has it"),
        (gzip.compress(b" " * (MAX_BYTES + 1), 1, mtime=0), "when unpacked"),
    ],
)
def test_what_is_not_as_the_standard_has_it_is_named_with_its_place(body: bytes, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        read(body)


def test_a_packed_report_is_the_same() -> None:
    assert read(gzip.compress(log(result()))) == read(log(result()))
