"""Steps of build tools on a real server: what they run, what they report, and what fails them."""

import shutil
from typing import Any

import pytest

from bottega.agent.runner.environment import PATH
from bottega.build.actions.tools import TOOLS
from tests.support.server import Api

MODULE = "devcloud2018.codeci_action_{}.action"
MAVEN = next(tool for tool in TOOLS if tool.name == "maven")
COVERAGE = "<report><counter type='LINE' missed='1' covered='3'/></report>"
REPORT = "<testsuite><testcase time='0.25'/><testcase/><testcase><failure/></testcase></testsuite>"


def run(api: Api, name: str, module: str, **properties: Any) -> tuple[str, dict[str, Any], str]:
    step = {"module_id": MODULE.format(module), "name": "Build", "properties": properties}
    job_id = api.create_task("", name, steps=[step])
    record = api.wait(job_id, api.execute(job_id))
    return job_id, record, api.log(record)


@pytest.mark.skipif(shutil.which("mvn", path=PATH) is None, reason="this machine has no mvn")
@pytest.mark.parametrize("ignore", [False, True])
def test_tests_and_coverage_of_a_maven_step_are_in_its_reports_and_the_tests_decide(
    api: Api, ignore: bool
) -> None:
    command = f'mkdir -p a/target/site/jacoco\necho "{REPORT}" >a/target/TEST-a.xml\n'
    command += f'echo "{COVERAGE}" >a/target/site/jacoco/jacoco.xml'
    job_id, record, log = run(
        api,
        f"maven-{ignore}",
        "20043",
        image="maven3.5.3-jdk8-open",
        command=command,
        deal="deal",
        file="**/TEST*.xml",
        ignoreTest=ignore,
        junitCoverageSwitch=True,
        coverageReportPath="**/site/jacoco",
        cacheOption="cached",
    )
    assert record["status"] == ("SUCCESS" if ignore else "FAILURE"), log
    assert "image 'maven3.5.3-jdk8-open'" in log
    assert "There are test failures: 1 of 3 tests failed" in log
    answer = api.call("GET", f"/v1/report/{job_id}/summary", params={"build_no": 1})
    summary = answer.get("result", answer)["summary"]
    assert {name: summary[name] for name in ("total", "success", "failures", "errors")} == {
        "total": 3,
        "success": 2,
        "failures": 1,
        "errors": 0,
    }
    assert summary["is_success"] is False
    metrics = api.call("GET", f"/v1/report/{job_id}/1/coverage/metrics")["result"]
    assert metrics["summary"]["lines"] == {"covered": 3, "total": 4, "ratio": 75.0}
    (stage,) = metrics["stages"]
    query = {"job_id": job_id, "build_no": 1}
    listed = api.call("GET", "/v1/report/junit/coverage/list", params=query)["result"]
    assert listed["unit_summary_list"] == []
    query["root_id"] = stage["root_id"]
    refused = api.http.get("/v1/report/junit/coverage/download", params=query)
    assert (refused.status_code, refused.json()["error_code"]) == (422, "DEVCB.00031006")
    if not ignore:
        (node,) = api.call("GET", f"/v1/log/{job_id}/1/analysis")["result"]["error_nodes"]
        assert node["error_info"]["error_code"] == "BUILD.TESTS_FAILED"


def test_a_module_that_nobody_knows_is_kept_and_fails_the_build_by_name(api: Api) -> None:
    module = MODULE.format("29999")
    job_id, record, log = run(api, "strange", "29999", anything=[1, {"a": None}])
    assert record["status"] == "FAILURE"
    assert f"input action 'module {module}' is not known to this agent" in log
    steps = api.call("GET", f"/v1/job/{job_id}/config")["result"]["steps"]
    assert [(step["module_id"], step["properties"]) for step in steps] == [
        (module, {"anything": [1, {"a": None}]})
    ]
