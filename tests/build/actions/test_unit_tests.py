"""Test reports of steps with a command: what is collected by a real runner, and what it makes of the step."""

from typing import Any

import pytest

from bottega.agent.spool import Spool
from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.unit_tests import MAX_BYTES, MAX_FILES, ReportInputs, Reports
from bottega.build.actions.workspace_files import WalkTooLong
from tests.agent.runner.attempts import Attempts, log_lines, sh, stages

GOOD = '<testsuite><testcase time="0.25"/><testcase><skipped/></testcase></testsuite>'
BAD = (
    '<testsuite><testcase time="1"/><testcase><failure/></testcase><testcase><error/></testcase></testsuite>'
)
WANTED = {"deal": "deal", "file": "**/TEST*.xml"}


def write(path: str, content: str) -> str:
    return f"mkdir -p \"$(dirname '{path}')\"\nprintf '%s' '{content}' >'{path}'\n"


def step(command: str, **inputs: Any) -> dict[str, Any]:
    """The command of a tool that no machine needs for it: it names the wrapper that would fetch it."""
    return {
        "key": "stage1",
        "name": "Tests",
        "action": "gradle",
        "inputs": {"command": f": gradlew\n{command}", **inputs},
        "label": "ext",
    }


def reported(spool: Spool) -> list[dict[str, Any]]:
    left_out = {"seq", "at", "log", "type"}
    return [
        {name: value for name, value in event.items() if name not in left_out}
        for event in spool.read_events(0)
        if event["type"] == "tests"
    ]


def figures(*numbers: int) -> dict[str, Any]:
    names = ("success", "failures", "errors", "others", "execution_ms")
    return {"stage": "stage1", **dict(zip(names, numbers, strict=True))}


def test_reports_are_counted_and_told_once(attempts: Attempts) -> None:
    command = write("a/target/TEST-a.xml", GOOD) + write("TEST-b.xml", GOOD) + write("other.xml", BAD)
    spool, report = attempts.run(step(command, **WANTED), sh("true"))
    assert report["outcome"] == "success", log_lines(spool)
    assert reported(spool) == [figures(2, 0, 0, 2, 500)]
    said = "INFO [Tests:ext] : tests: 4 in 2 files: 2 passed, 0 failed, 0 with errors, 2 skipped"
    assert said in log_lines(spool)


def test_failed_tests_fail_the_step_though_the_command_did_not(attempts: Attempts) -> None:
    command = write("TEST-a.xml", GOOD) + write("b/TEST-b.xml", BAD)
    spool, report = attempts.run(step(command, **WANTED), sh("true"))
    assert (report["outcome"], report["exit_code"]) == ("failure", 1)
    assert report["reason"] == "Step 'Tests' failed: There are test failures: 2 of 5 tests failed"
    assert reported(spool) == [figures(2, 1, 1, 1, 1250)]
    assert "WARN [Tests:ext] : 'b/TEST-b.xml': 2 of 3 tests failed" in log_lines(spool)
    assert stages(spool)["shell"] == "skipped"


def test_a_failed_command_is_what_fails_the_step_and_its_tests_are_told_too(attempts: Attempts) -> None:
    for ignore in (False, True):
        spool, report = attempts.run(step(write("TEST.xml", BAD) + "exit 7", ignoreTest=ignore, **WANTED))
        assert (report["outcome"], report["exit_code"]) == ("failure", 7)
        assert report["reason"] == "Step 'Tests' failed: exit code 7"
        assert reported(spool) == [figures(1, 1, 1, 0, 1000)]


@pytest.mark.parametrize(
    "inputs",
    [
        {**WANTED, "ignoreTest": True},
        {**WANTED, "ignoreTest": "true"},
        {"unit_test": {"enable": True, "ignore_errors": True, "report_path": "**/TEST*.xml"}},
    ],
)
def test_failed_tests_can_be_ignored(attempts: Attempts, inputs: dict[str, Any]) -> None:
    spool, report = attempts.run(step(write("TEST.xml", BAD), **inputs))
    assert report["outcome"] == "success"
    assert reported(spool) == [figures(1, 1, 1, 0, 1000)]
    assert any(
        line.endswith("There are test failures: 2 of 3 tests failed, which is ignored")
        for line in log_lines(spool)
    )


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"deal": "notDeal", "file": "**/TEST*.xml", "junitCoverageSwitch": False, "ignoreTest": False},
        {"unit_test": {"enable": False, "report_path": "**/TEST*.xml"}},
        {"unit_test": {"report_path": "/nowhere"}},
    ],
)
def test_nothing_is_collected_unless_it_is_asked_for(attempts: Attempts, inputs: dict[str, Any]) -> None:
    spool, report = attempts.run(step(write("TEST.xml", BAD), **inputs))
    assert (report["outcome"], reported(spool)) == ("success", [])
    assert not any("test" in line for line in log_lines(spool) if "[Tests:ext]" in line)


def test_reports_from_before_the_command_are_not_counted(attempts: Attempts) -> None:
    before = sh(write("TEST-old.xml", BAD) + write("TEST-again.xml", BAD))
    spool, report = attempts.run(before, step(write("TEST-again.xml", GOOD), **WANTED))
    assert report["outcome"] == "success", log_lines(spool)
    assert reported(spool) == [figures(1, 0, 0, 1, 250)]
    # Also those that claim to be old.
    command = write("TEST-new.xml", GOOD) + "touch -d 2001-01-01 TEST-new.xml"
    spool, _ = attempts.run(before, step(command, **WANTED))
    assert reported(spool) == [figures(1, 0, 0, 1, 250)]


def test_no_report_at_all_is_said_and_fails_nothing(attempts: Attempts) -> None:
    spool, report = attempts.run(step("true", deal="x", file="reports/*.xml"))
    assert (report["outcome"], reported(spool)) == ("success", [])
    line = "no test report: the command wrote no file that matches 'reports/*.xml'"
    assert f"WARN [Tests:ext] : {line}" in log_lines(spool)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<testsuite>", "is not XML: "),
        ("<html/>", "is no JUnit report: it begins with <html>"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', "declares a document type"),
    ],
)
def test_a_report_that_cannot_be_read_fails_the_step_and_is_named(
    attempts: Attempts, content: str, reason: str
) -> None:
    command = write("TEST-a.xml", GOOD) + write("TEST-b.xml", content)
    spool, report = attempts.run(step(command, **WANTED))
    assert report["reason"] == "Step 'Tests' failed: 1 of 2 test reports cannot be read"
    assert any(f"WARN [Tests:ext] : test report 'TEST-b.xml' {reason}" in line for line in log_lines(spool))
    assert reported(spool) == [figures(1, 0, 0, 1, 250)]
    _, report = attempts.run(step(command, ignoreTest=True, **WANTED))
    assert report["outcome"] == "success"


def test_links_out_of_the_workspace_are_not_followed_and_names_cannot_forge_lines(attempts: Attempts) -> None:
    outside = attempts.base / "TEST-outside.xml"
    outside.write_text(BAD)
    outside.chmod(0o644)
    command = f"ln -s {outside} TEST-a.xml\nln -s {attempts.base} folder\nln -s / root\n"
    forged = "printf '<a/>' >$'TEST-\\nforged.xml'"
    spool, report = attempts.run(step(command + forged, **WANTED))
    assert report["reason"].endswith(": 1 of 1 test reports cannot be read")
    assert reported(spool) == [figures(0, 0, 0, 0, 0)]
    (named,) = [line for line in log_lines(spool) if "forged" in line]
    assert named.startswith(r"WARN [Tests:ext] : test report 'TEST-\nforged.xml' is no JUnit report")


def test_many_reports_at_fault_are_not_all_named(attempts: Attempts) -> None:
    command = f"for i in $(seq 30); do printf '%s' '{BAD}' >TEST-$i.xml; done"
    spool, _ = attempts.run(step(command, **WANTED))
    assert reported(spool) == [figures(30, 30, 30, 0, 30000)]
    assert len([line for line in log_lines(spool) if "2 of 3 tests failed" in line]) == 10
    assert len([line for line in log_lines(spool) if line.endswith("and more like these")]) == 1


def test_a_workspace_that_is_too_much_to_look_at_fails_the_step_and_nothing_is_told(
    attempts: Attempts,
) -> None:
    command = write("TEST.xml", GOOD) + "mkdir -p \"$(printf 'd/%.0s' $(seq 70))\""
    spool, report = attempts.run(step(command, **WANTED))
    reason = "test reports are not collected: folders are nested more than 64 deep"
    assert report["reason"] == f"Step 'Tests' failed: {reason}"
    assert f"ERROR [Tests:ext] : {reason}" in log_lines(spool)
    assert reported(spool) == []
    spool, report = attempts.run(step(command, deal="x", file="*.xml"))
    assert (report["outcome"], reported(spool)) == ("success", [figures(1, 0, 0, 1, 250)])


def test_reports_are_bounded_in_number_and_size() -> None:
    nobody: Any = None
    for field, value, reason in (
        ("count", MAX_FILES, "there are more than 20000 of them"),
        ("size", MAX_BYTES, "they have more than 512 MiB"),
    ):
        reports = Reports(nobody, 0)
        setattr(reports, field, value)
        with pytest.raises(WalkTooLong) as refusal:
            reports.add("TEST.xml", 1, 10, nobody)
        assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"deal": "x", "file": "/etc/TEST.xml"}, "file must be a path below the workspace"),
        ({"deal": "x", "file": "../*.xml"}, "file must be a path below the workspace"),
        ({"deal": "x", "ignoreTest": "perhaps"}, "ignoreTest must be true or false"),
        ({"deal": ["x"]}, "deal must be a text"),
        ({"unit_test": True}, "unit_test must have enable, report_path and ignore_errors"),
        ({"unit_test": {"enable": "on?"}}, "unit_test.enable must be true or false"),
        (
            {"unit_test": {"enable": True, "report_path": ".."}},
            "unit_test.report_path must be a path below the workspace",
        ),
        (
            {"unit_test": {"enable": True, "ignore_errors": 7}},
            "unit_test.ignore_errors must be true or false",
        ),
    ],
)
def test_inputs_that_cannot_be_meant_are_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refusal:
        ACTIONS["maven"].check({"command": "true", **inputs})
    assert str(refusal.value) == message


def test_the_default_is_what_the_original_has() -> None:
    found = ReportInputs.from_inputs({"deal": "deal"})
    assert found is not None
    assert (found.pattern, found.ignore, found.coverage) == ("**/TEST*.xml", False, None)
    assert found.patterns.matches("a/b/TEST-c.xml")
