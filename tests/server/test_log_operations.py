"""Logs of real builds: by step, packed, and explained."""

import io
import zipfile

import pytest

from tests.support.repositories import Repository
from tests.support.server import Api


def test_a_failed_build_is_read_by_step_downloaded_packed_and_explained(api: Api) -> None:
    job_id = api.create_task("echo before\nnosuchtool --version\necho after", "explained")
    record = api.wait(job_id, api.execute(job_id))
    assert record["status"] == "FAILURE"
    (node,) = api.call("GET", f"/v1/log/{job_id}/1/analysis")["result"]["error_nodes"]
    assert (node["step"], node["analyzed_success"]) == ("Shell", True)
    assert node["error_info"]["error_code"] == "BUILD.COMMAND_NOT_FOUND"
    assert "nosuchtool: command not found" in node["error_info"]["error_message"]
    query = {"job_id": job_id, "build_no": 1, "step_id": node["node_id"]}
    step = api.call("GET", "/v1/log/task/step", params=query)["result"]
    assert (step["step"], step["has_more"]) == ("Shell", False)
    assert "before" in step["log"]
    assert "after" not in step["log"]
    whole = api.log(record)
    assert step["log"] in whole
    page = api.call("GET", "/v1/log/stage/page", params={"job_id": job_id, "build_no": 1})["result"]
    assert (page["log"], page["has_more"]) == (whole, False)
    packed = api.http.get(f"/v1/log/{record['build_record_id']}/download-log", params={"compress": True})
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.read("1-build.log").decode() == whole


@pytest.mark.parametrize(
    ("path", "branch", "code"), [("x", "master", "REPOSITORY"), ("", "next", "REVISION")]
)
def test_a_source_that_cannot_be_had_is_explained(
    api: Api, repository: Repository, path: str, branch: str, code: str
) -> None:
    scm = {"url": repository.url + path, "scm_type": "codehub", "branch": branch}
    job_id = api.create_task("true", f"without-{code}", scms=[scm])
    assert api.wait(job_id, api.execute(job_id))["status"] == "FAILURE"
    (node,) = api.call("GET", f"/v1/log/{job_id}/1/analysis")["result"]["error_nodes"]
    assert node["error_info"]["error_code"] == f"BUILD.{code}_NOT_FOUND"
