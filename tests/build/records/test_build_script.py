"""The compiled form of a run tells what is executed, and no secret."""

from typing import Any

import yaml
from huaweicloudsdkcodeartsbuild.v3 import ShowBuildRecordBuildScriptRequest

from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, parameter, shell_step

SCM = {"url": "git@git.example.com:group/shop.git", "scm_type": "codehub", "branch": "main"}


def script(server: Server, job_id: str, number: int = 1) -> Any:
    record_id = record(server, job_id, number)["build_record_id"]
    request = ShowBuildRecordBuildScriptRequest(record_id=record_id)
    return yaml.safe_load(server.sdk("alice").show_build_record_build_script(request).result)


def test_a_script_has_all_that_a_run_executes(server: Server, workshop: str) -> None:
    command = "make\nmake test # \"quoted\" 'too': yes\n"
    job_id = new_task(
        server,
        workshop,
        scms=[SCM],
        timeout={"limit": "2", "unit": "hour"},
        parameters=[parameter("version", "7"), parameter("TOKEN", "s3cr3t", sensitiveVar="true")],
        steps=[
            shell_step(command, name="Compile"),
            shell_step("x", name="Left out", enable=False),
            {"module_id": "strange", "name": "Strange", "properties": {"ignore_fail": True, "a": [1, None]}},
        ],
    )
    choice = {"job_id": job_id, "parameter": [{"name": "TOKEN", "value": "t0ps3cr3t"}]}
    server.http.post("/v1/job/execute", json=choice)
    found = script(server, job_id)
    assert (found["version"], found["timeout"]) == ("2.0", {"limit": 120, "unit": "minute"})
    assert found["devcloud_metadata"] == {
        "label": "default-x86-2u8g",
        "buildType": "linux",
        "jobName": "task",
        "jobId": job_id,
        "serviceType": "codeci",
        "projectId": workshop,
    }
    shown = found["parameters"]
    assert (shown["version"], shown["codeBranch"], shown["INCREASENUM"]) == ("7", "main", "1")
    assert shown["TOKEN"] == "******"
    assert list(found["stages"]) == ["stage1", "stage2", "stage3", "stage4"]
    checkout = found["stages"]["stage1"]
    assert checkout["meta"] == {"uuid": "20040", "displayName": "Code checkout"}
    inputs = checkout["tasks"][0]["external_pre_checkout"]
    assert (inputs["url"], inputs["branch"], inputs["depth"]) == (SCM["url"], "main", 1)
    compiled = found["stages"]["stage2"]
    assert compiled["tasks"][0]["external_post_shell"]["command"] == command
    assert compiled.keys() == {"meta", "tasks", "preCondition"}
    assert found["stages"]["stage3"]["enable"] is False
    strange = found["stages"]["stage4"]
    assert (strange["meta"]["uuid"], strange["ignoreFailure"]) == ("strange", True)
    assert strange["tasks"][0]["external_post_unknown"] == {"ignore_fail": True, "a": [1, None]}


def test_a_script_has_no_secret(server: Server, workshop: str) -> None:
    secret = parameter("TOKEN", "s3cr3t", sensitiveVar="true")
    job_id = new_task(server, workshop, parameters=[secret], steps=[shell_step("deploy ${TOKEN}")])
    choice = {"job_id": job_id, "parameter": [{"name": "TOKEN", "value": "t0ps3cr3t"}]}
    server.http.post("/v1/job/execute", json=choice)
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    for number in (1, 2):
        record_id = record(server, job_id, number)["build_record_id"]
        text = server.http.get(f"/v1/record/{record_id}/build-script").text
        assert "s3cr3t" not in text
        assert "${TOKEN}" in text


def test_a_script_stays_as_it_was_when_the_task_changes(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop, timeout={"limit": "90", "unit": "second"})
    server.http.post("/v1/job/execute", json={"job_id": job_id})
    before = script(server, job_id)
    assert before["timeout"] == {"limit": 90, "unit": "second"}
    body = {
        "job_id": job_id,
        "arch": "x86-64",
        "project_id": workshop,
        "job_name": "renamed",
        "steps": [shell_step("other")],
    }
    assert server.http.post("/v1/job/update", json=body).status_code == 200
    assert script(server, job_id) == before
