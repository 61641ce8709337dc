"""Builds whose steps are in their repository, on a real server and through the official SDK."""

from collections.abc import Iterator
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    CreateBuildJobRequestBody,
    CreateBuildJobScm,
    CreateNewJobRequest,
    DownloadBuildLogRequest,
    ShowBuildRecordBuildScriptRequest,
    ShowBuildRecordFlowGraphRequest,
    ShowBuildRecordFullStagesRequest,
    StopTheJobRequest,
)

from tests.server.test_main_job import execute, finished
from tests.support.processes import processes_with
from tests.support.repositories import Repository
from tests.support.server import Server, downloaded, sdk_client
from tests.support.waiting import eventually

FILE = ".cloudbuild/build.yml"
BUILD = """version: 2.0
params:
  - {name: greeting, value: hello}
steps:
  PRE_BUILD:
    - checkout: {name: The code, inputs: {scm: codehub, url: "%s", branch: "${codeBranch}"}}
  BUILD:
    - sh:
        name: Speak
        inputs:
          colour: red
          command: 'echo "$greeting from $(git rev-parse HEAD) on $(git rev-parse --abbrev-ref HEAD)"'
"""


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Any]:
    client = sdk_client(server)
    yield client
    client.get_http_client().close()


def create(client: Any, server: Server, name: str, repository: Repository) -> str:
    body = CreateBuildJobRequestBody(
        arch="x86-64",
        project_id=server.credentials["project_id"],
        job_name=name,
        build_config_type="YAML",
        scms=[
            CreateBuildJobScm(url=repository.url, scm_type="codehub", branch="master", build_type="branch")
        ],
        steps=[],
    )
    return client.create_new_job(CreateNewJobRequest(body=body)).result.job_id


def test_the_build_yml_of_the_commit_is_built(client: Any, server: Server, repository: Repository) -> None:
    job_id = create(client, server, "as-code", repository)
    missing = finished(client, job_id, execute(client, job_id))
    assert missing.status == "SCHEDULE_FAILURE"
    assert f"there is no file {FILE}" in missing.err_msg
    commit = repository.commit("as code", **{FILE: BUILD % repository.url})
    record = finished(client, job_id, execute(client, job_id))
    assert (record.status, record.commit) == ("SUCCESS", commit), record.err_msg
    assert (record.branch, record.build_no) == ("master", 2)
    log = downloaded(client.download_build_log(DownloadBuildLogRequest(record_id=record.build_record_id)))
    assert f"hello from {commit} on master" in log
    assert "[WARN]" in log and "colour" in log
    stages = client.show_build_record_full_stages(
        ShowBuildRecordFullStagesRequest(record_id=record.build_record_id, cascade=True)
    ).result.build_stages
    assert {"initial", "stage1", "stage2", "final"} == set(stages)
    script = client.show_build_record_build_script(
        ShowBuildRecordBuildScriptRequest(record_id=record.build_record_id)
    ).result
    assert "Speak" in script and "external_post_shell" in script
    repository.commit("typo", **{FILE: BUILD.replace("steps:", "stepz:") % repository.url})
    wrong = finished(client, job_id, execute(client, job_id))
    assert wrong.status == "SCHEDULE_FAILURE"
    assert wrong.err_msg.startswith(f"{FILE}:") and "did you mean steps?" in wrong.err_msg


FLOW = """version: 2.0
buildflow:
  strategy: %s
  jobs:
    - {job: Last, depends_on: [One, Two], build_ref: ci/speak.yml, params: [{name: who, value: last}]}
    - {job: One, build_ref: ci/speak.yml, params: [{name: who, value: one}]}
    - {job: Two, build_ref: ci/speak.yml, params: [{name: who, value: two}]}
"""
SPEAK = "version: 2.0\nsteps:\n  BUILD:\n    - sh: {inputs: {command: '%s'}}\n"


@pytest.mark.parametrize("strategy", ["eager", "lazy"])
def test_a_flow_runs_its_jobs_in_order(
    client: Any, server: Server, repository: Repository, strategy: str
) -> None:
    speak = SPEAK % 'echo "I am $who"; test -f README'
    repository.commit("flow", **{FILE: FLOW % strategy, "ci/speak.yml": speak})
    job_id = create(client, server, f"flow-{strategy}", repository)
    record = finished(client, job_id, execute(client, job_id))
    assert (record.status, record.err_msg) == ("SUCCESS", "All jobs succeeded")
    vertices = graph_of(client, record.build_record_id)
    assert {name: one.status for name, one in vertices.items()} == dict.fromkeys(vertices, "SUCCESS")
    assert vertices["Last"].start_time >= max(vertices["One"].finish_time, vertices["Two"].finish_time)
    for name, one in vertices.items():
        log = downloaded(client.download_build_log(DownloadBuildLogRequest(record_id=one.id)))
        assert f"I am {name.lower()}" in log


def test_a_stopped_flow_leaves_no_process_behind(client: Any, server: Server, repository: Repository) -> None:
    marker = "86413.5"
    repository.commit("flow", **{FILE: FLOW % "eager", "ci/speak.yml": SPEAK % f"sleep {marker}"})
    job_id = create(client, server, "flow-stop", repository)
    number = execute(client, job_id)
    eventually(lambda: len(processes_with(marker)) >= 1, 60.0)
    client.stop_the_job(StopTheJobRequest(job_id=job_id, build_no=number))
    record = finished(client, job_id, number)
    assert record.status == "ABORTED"
    assert processes_with(marker) == []
    assert {one.status for one in graph_of(client, record.build_record_id).values()} <= {"ABORTED", "SKIPPED"}


def graph_of(client: Any, record_id: str) -> dict[str, Any]:
    request = ShowBuildRecordFlowGraphRequest(build_flow_record_id=record_id)
    found = client.show_build_record_flow_graph(request).result.vertices
    return {vertex.display_name: vertex for vertex in found}
