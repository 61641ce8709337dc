"""Coverage reports of steps with a command: what is collected by a real runner, and what is said of it."""

from typing import Any

import pytest

from bottega.agent.spool import Spool
from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.coverage_files import MAX_BYTES, MAX_FILES, CoverageFiles
from bottega.build.actions.unit_tests import ReportInputs
from bottega.build.actions.workspace_files import WalkTooLong
from tests.agent.runner.attempts import Attempts, log_lines, sh
from tests.build.actions.test_unit_tests import BAD, step, write

JACOCO = '<report><counter type="LINE" missed="1" covered="3"/><counter type="CLASS" missed="0" covered="1"/></report>'
COBERTURA = (
    '<coverage><class filename="a"><line number="1" hits="1"/><line number="2" hits="0"/></class></coverage>'
)
LCOV = "SF:a\nDA:1,1\nDA:2,0\nDA:3,0\nend_of_record\n"
WANTED = {"deal": "deal", "junitCoverageSwitch": True, "coverageReportPath": "**/site/jacoco"}


def covered(spool: Spool) -> list[dict[str, Any]]:
    left_out = {"seq", "at", "log", "type"}
    return [
        {name: value for name, value in event.items() if name not in left_out}
        for event in spool.read_events(0)
        if event["type"] == "coverage"
    ]


def of(covered: int, total: int) -> dict[str, int]:
    return {"covered": covered, "total": total}


def test_the_reports_of_all_modules_are_added_up_and_told_once(attempts: Attempts) -> None:
    command = "".join(write(f"{module}/target/site/jacoco/jacoco.xml", JACOCO) for module in "ab")
    command += write("a/target/site/jacoco/index.html", "<html/>") + write("jacoco.xml", JACOCO)
    spool, report = attempts.run(step(command, **WANTED))
    assert report["outcome"] == "success", log_lines(spool)
    assert covered(spool) == [{"stage": "stage1", "lines": of(6, 8), "classes": of(2, 2)}]
    said = "coverage of 2 reports: lines 75.00 % (6 of 8), classes 100.00 % (2 of 2)"
    assert f"INFO [Tests:ext] : {said}" in log_lines(spool)


def test_of_several_forms_in_one_folder_the_one_that_knows_most_counts(attempts: Attempts) -> None:
    command = write("coverage/cobertura-coverage.xml", COBERTURA) + write("coverage/lcov.info", LCOV)
    command += write("coverage/clover.xml", "<coverage><project/></coverage>") + write(
        "other/lcov.info", LCOV
    )
    inputs = {"enable": True, "coverage": "true", "coverage_report_path": "coverage, other/*.info"}
    spool, _ = attempts.run(step(command, unit_test=inputs))
    assert covered(spool) == [{"stage": "stage1", "classes": of(1, 1), "lines": of(2, 5)}]
    assert not any("Clover" in line for line in log_lines(spool))


def test_coverage_is_told_also_when_tests_or_the_command_failed(attempts: Attempts) -> None:
    command = write("target/site/jacoco/jacoco.xml", JACOCO) + write("TEST.xml", BAD)
    for end, reason in (("exit 7", "exit code 7"), ("true", "There are test failures: 2 of 3 tests failed")):
        spool, report = attempts.run(step(f"{command}{end}", **WANTED))
        assert report["reason"] == f"Step 'Tests' failed: {reason}"
        assert covered(spool) == [{"stage": "stage1", "lines": of(3, 4), "classes": of(1, 1)}]


def test_reports_from_before_the_command_are_not_read(attempts: Attempts) -> None:
    spool, _ = attempts.run(sh(write("a/site/jacoco/jacoco.xml", JACOCO)), step("true", **WANTED))
    assert covered(spool) == []
    line = "no coverage report: the command wrote none that matches '**/site/jacoco'"
    assert f"WARN [Tests:ext] : {line}" in log_lines(spool)


def test_what_is_wrong_with_a_report_is_said_and_fails_nothing(attempts: Attempts) -> None:
    command = write("site/jacoco/a.xml", "<report>") + write("site/jacoco/b.xml", "<html/>")
    spool, report = attempts.run(step(command, **WANTED))
    assert (report["outcome"], covered(spool)) == ("success", [])
    lines = log_lines(spool)
    assert any(
        "WARN [Tests:ext] : coverage report 'site/jacoco/a.xml' is not XML: " in line for line in lines
    )
    assert any("'site/jacoco/b.xml' is no coverage report: it begins with <html>" in line for line in lines)


def test_a_workspace_that_is_too_much_to_look_at_gives_no_coverage(attempts: Attempts) -> None:
    command = write("site/jacoco/a.xml", JACOCO) + "mkdir -p \"$(printf 'd/%.0s' $(seq 70))\""
    spool, report = attempts.run(step(command, **{**WANTED, "file": "*.xml"}))
    assert (report["outcome"], covered(spool)) == ("success", [])
    assert any("coverage is not collected: folders are nested" in line for line in log_lines(spool))


def test_reports_are_bounded_in_number_and_size() -> None:
    nobody: Any = None
    for field, value, reason in (
        ("looked_at", MAX_FILES, "there are more than 20000 of them"),
        ("size", MAX_BYTES, "they have more than 512 MiB"),
    ):
        reports = CoverageFiles(nobody, 0)
        setattr(reports, field, value)
        with pytest.raises(WalkTooLong) as refusal:
            reports.add("a.xml", 1, 10, nobody)
        assert str(refusal.value) == reason


def test_paths_that_cannot_be_meant_are_refused_where_coverage_is_wanted() -> None:
    for inputs, message in (
        ({**WANTED, "coverageReportPath": "/etc"}, "coverageReportPath must be a path below the workspace"),
        ({**WANTED, "junitCoverageSwitch": "perhaps"}, "junitCoverageSwitch must be true or false"),
        (
            {"unit_test": {"enable": True, "coverage": True, "coverage_report_path": ".."}},
            "unit_test.coverage_report_path must be a path below the workspace",
        ),
    ):
        with pytest.raises(InputError) as refusal:
            ACTIONS["maven"].check({"command": "true", **inputs})
        assert str(refusal.value) == message
    ACTIONS["maven"].check(
        {"command": "true", **WANTED, "junitCoverageSwitch": False, "coverageReportPath": "/"}
    )


def test_the_default_path_is_what_the_original_has() -> None:
    found = ReportInputs.from_inputs({"deal": "deal", "junitCoverageSwitch": "true"})
    assert found is not None
    assert found.coverage is not None
    assert found.coverage.matches("a/target/site/jacoco/jacoco.xml")
    assert not found.coverage.matches("a/target/site/jacoco/index.html")


def test_figures_that_nobody_can_have_are_not_told(attempts: Attempts) -> None:
    huge = '<report><counter type="LINE" missed="2000000000" covered="1"/></report>'
    command = "".join(write(f"{module}/site/jacoco/jacoco.xml", huge) for module in "ab")
    spool, report = attempts.run(step(command, **WANTED))
    assert (report["outcome"], covered(spool)) == ("success", [])
    assert any(
        "coverage is not collected: together lines: 2 of 4000000002" in line for line in log_lines(spool)
    )
