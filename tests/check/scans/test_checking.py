"""Checks of branches and merge requests: what is in the repository becomes what the task knows of it."""

from importlib.util import find_spec
from typing import Any

import pytest

from bottega.check.rulesets.system import system_set
from bottega.check.scanning.plan import ScanResult
from bottega.check.tasks.settings import Gate, GateItem, MergeRequest, RuleSetChoice
from bottega.settings import ForgeSettings
from tests.agent.runner.attempts import Attempts
from tests.build.harness import Server
from tests.check.scans.checks import BAD, OK, Check, new_task, repository

pytestmark = pytest.mark.skipif(
    find_spec("bottega.check.scanning.__main__") is None, reason="the program that scans is not here"
)


def test_a_check_finds_what_is_in_the_repository(server: Server, workshop: str, attempts: Attempts) -> None:
    origin = repository(attempts.base / "origin", app__py=BAD)
    check = Check(server, new_task(server, workshop, origin.url))
    log, report = check.work(attempts)
    assert report["outcome"] == "success", log
    scan = check.scan
    assert (scan.state, scan.number, sum(scan.counts)) == ("success", 1, 1), log
    assert scan.gate == "success"
    assert "1 open issues" in log
    used = system_set("PYTHON")
    job = server.http.get(f"/v4/tasks/{check.task_id}/jobs", headers={"X-Language": "en-us"}).json()["data"][
        0
    ]
    assert job["rule_sets"] == [{"language": "python", "rule_set_id": used.id, "rule_set_name": used.english}]
    assert list(attempts.base.glob("work*")) == []


def test_the_log_of_a_failed_check_says_why_and_the_task_can_be_checked_again(
    server: Server, workshop: str, attempts: Attempts
) -> None:
    origin = repository(attempts.base / "origin", app__py=OK)
    task_id = new_task(server, workshop, origin.url, branch="gone")
    check = Check(server, task_id)
    refused = server.http.post(f"/v2/tasks/{task_id}/run", json={})
    assert (refused.status_code, refused.json()["error_code"]) == (400, "CC.00050015")
    log, report = check.work(attempts)
    assert report["outcome"] == "failure", log
    assert (check.scan.state, "gone" in check.scan.reason) == ("failed", True)
    assert Check(server, task_id).scan.number == 2


def test_only_what_the_newest_commit_changed_is_looked_at_in_that_mode(
    server: Server, workshop: str, attempts: Attempts
) -> None:
    origin = repository(attempts.base / "origin", old__py=BAD)
    origin.commit("second", new__py=BAD)
    check = Check(server, new_task(server, workshop, origin.url, check_mode=1))
    log, report = check.work(attempts)
    assert report["outcome"] == "success", log
    assert "1 files were changed by the newest commit" in log
    assert (check.scan.mode, sum(check.scan.counts)) == (1, 1)
    (origin.path / "new.py").unlink()
    origin.commit("third", other__py=OK)
    again = Check(server, check.task_id)
    log, _ = again.work(attempts)
    assert sum(again.scan.counts) == 0, log
    assert (again.scan.figures["became_gone"], again.scan.figures["files"]) == (1, 2)


def test_a_merge_request_is_checked_in_the_files_it_changes(
    server: Server, workshop: str, attempts: Attempts
) -> None:
    origin = repository(attempts.base / "origin", old__py=BAD)
    origin.git("checkout", "--quiet", "-b", "feature")
    origin.commit("on the branch", mine__py=BAD)
    origin.git("checkout", "--quiet", "master")
    origin.commit("on the target", theirs__py=BAD)
    request = MergeRequest(source_branch="feature", target_branch="master", merge_id="7")
    task_id = new_task(
        server, workshop, origin.url, branch="feature", kind="mr", task_type="inc", merge_request=request
    )
    check = Check(server, task_id)
    log, report = check.work(attempts)
    assert report["outcome"] == "success", log
    assert (check.scan.merge_id, check.scan.mode, sum(check.scan.counts)) == ("7", 4, 1)


def test_a_merge_request_is_judged_by_the_limit_for_changed_code_where_the_default_branch_has_the_code(
    server: Server, workshop: str, attempts: Attempts
) -> None:
    limits = {"threshold": "2", "threshold_modify": "4"}
    options = [{"option_key": key, "option_value": value} for key, value in limits.items()]
    made = server.http.post(
        "/v2/ruleset",
        json={
            "project_id": workshop,
            "template_name": "complexity",
            "language": "python",
            "is_default": "0",
            "rule_ids": "ruff:C901",
            "custom_attributes": [
                {
                    "attribute": "severity",
                    "rules": [{"rule_id": "ruff:C901", "value": "1", "rule_config_list": options}],
                }
            ],
        },
    )
    assert made.status_code == 201, made.text
    chosen = [RuleSetChoice(language="PYTHON", rule_set_id=made.json()["template_id"])]

    def function(name: str, complexity: int) -> str:
        return f"def {name}(x):\n" + "    if x:\n        x += 1\n" * (complexity - 1) + "    return x\n\n\n"

    origin = repository(attempts.base / "origin", app__py=function("grown", 1) + function("far", 1))
    root = Check(server, new_task(server, workshop, origin.url, rule_sets=chosen))
    log, _ = root.work(attempts)
    assert root.scan.state == "success", log
    origin.git("checkout", "--quiet", "-b", "feature")
    origin.commit("more", app__py=function("grown", 3) + function("far", 6) + function("new", 3))
    request = MergeRequest(source_branch="feature", target_branch="master", merge_id="7")
    child = new_task(
        server,
        workshop,
        origin.url,
        branch="feature",
        kind="mr",
        task_type="inc",
        merge_request=request,
        parent_id=root.task_id,
    )
    check = Check(server, child)
    log, _ = check.work(attempts)
    assert check.scan.state == "success", log
    found = server.http.get(f"/v2/tasks/{child}/defects-detail").json()["defects"]
    assert sorted(one["defect_content"].split("`")[1] for one in found) == ["far", "new"]


def test_a_merge_request_is_checked_for_what_its_target_does_not_have(
    server: Server, workshop: str, attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ForgeSettings(host="git.example.com", kind="gitea", token_file="-", annotations=True)
    monkeypatch.setattr(server.services.settings, "forges", [told])
    results: list[ScanResult] = []
    on_result = [lambda _session, _task, _scan, result: results.append(result)]
    monkeypatch.setattr(server.services.scan_storage, "on_result", on_result)
    origin = repository(attempts.base / "origin", old__py=BAD, both__py=OK)
    (attempts.base / "origin" / ".gitattributes").write_text("old.py export-ignore\n")
    origin.git("add", ".gitattributes")
    origin.commit("second", both__py=OK)
    origin.git("checkout", "--quiet", "-b", "feature")
    moved = "# a line before all others\n" + BAD
    origin.commit("on the branch", mine__py=BAD, old__py=moved)
    origin.git("checkout", "--quiet", "master")
    origin.commit("on the target", theirs__py="import json\nimport abc\n\nprint(abc)\n")
    request = MergeRequest(source_branch="feature", target_branch="master", merge_id="7")
    values: dict[str, Any] = {"branch": "feature", "kind": "mr", "task_type": "inc", "merge_request": request}
    counts: dict[int, list[str]] = {}
    for mode in (0, 5):
        check = Check(server, new_task(server, workshop, origin.url, merge_mode=mode, **values))
        log, report = check.work(attempts)
        assert report["outcome"] == "success", log
        assert check.scan.mode == mode
        found = server.http.get(f"/v2/tasks/{check.task_id}/defects-detail").json()["defects"]
        counts[mode] = sorted(one["file_path"] for one in found)
    assert counts == {0: ["mine.py"], 5: ["mine.py", "old.py"]}
    # Forges are told of what is in lines that were changed, and not of what was moved.
    assert [[(file.path, file.ranges) for file in one.changed] for one in results] == [
        [("mine.py", ((1, 4),))]
    ] * 2


def test_a_gate_that_fails_makes_a_success_with_an_error_of_review(
    server: Server, workshop: str, attempts: Attempts
) -> None:
    origin = repository(attempts.base / "origin", app__py=BAD)
    gate = Gate(items=[GateItem(severity=severity, on=True) for severity in range(4)])
    check = Check(server, new_task(server, workshop, origin.url, gate=gate))
    log, report = check.work(attempts)
    assert report["outcome"] == "success", log
    assert (check.scan.state, check.scan.gate) == ("success", "error")
    assert "0 are allowed" in check.scan.gate_faults[0]
    assert "quality gate: 1 " in log
