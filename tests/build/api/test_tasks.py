import msgspec
import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    CreateBuildJobRequest,
    CreateBuildJobRequestBody,
    CreateBuildJobScm,
    CreateBuildJobSteps,
    CreateNewJobRequest,
    DeleteBuildJobRequest,
    DeleteTheJobRequest,
    ListJobConfigRequest,
    ShowJobConfigRequest,
    UpdateBuildJobRequest,
    UpdateBuildJobRequestBody,
    UpdateNewJobRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.build.harness import Server, parameter, shell_step, task_body


def sdk_body(project_id: str, name: str) -> CreateBuildJobRequestBody:
    return CreateBuildJobRequestBody(
        arch="x86-64",
        project_id=project_id,
        job_name=name,
        flavor="2u8g",
        scms=[
            CreateBuildJobScm(url="git@git.example.com:group/shop.git", scm_type="codehub", branch="master")
        ],
        steps=[
            CreateBuildJobSteps(
                module_id="devcloud2018.codeci_action_20017.action",
                name="Shell",
                properties={"command": "make"},
            )
        ],
    )


def test_the_sdk_creates_reads_updates_and_deletes_a_task(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    created = sdk.create_new_job(CreateNewJobRequest(body=sdk_body(workshop, "shop")))
    assert created.status == "success"
    job_id = created.result.job_id
    config = sdk.show_job_config(ShowJobConfigRequest(job_id=job_id)).result
    assert (config.job_name, config.project_id, config.arch) == ("shop", workshop, "x86-64")
    assert config.scms[0].branch == "master"
    assert config.steps[0].properties == {"command": "make"}
    body = UpdateBuildJobRequestBody(
        arch="arm", project_id=workshop, job_name="shop-2", job_id=job_id, steps=[]
    )
    assert sdk.update_new_job(UpdateNewJobRequest(body=body)).result.job_id == job_id
    config = sdk.show_job_config(ShowJobConfigRequest(job_id=job_id)).result
    assert (config.job_name, config.arch, config.steps, config.scms) == ("shop-2", "arm", [], None)
    gone = sdk.delete_the_job(DeleteTheJobRequest(job_id=job_id)).result
    assert (gone.job_id, gone.project_id) == (job_id, workshop)
    with pytest.raises(ClientRequestException) as refused:
        sdk.show_job_config(ShowJobConfigRequest(job_id=job_id))
    assert (refused.value.status_code, refused.value.error_code) == (422, "DEVCB.00031006")


def test_the_outdated_family_works_on_the_same_tasks(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    job_id = sdk.create_build_job(CreateBuildJobRequest(body=sdk_body(workshop, "shop"))).result.job_id
    assert sdk.show_job_config(ShowJobConfigRequest(job_id=job_id)).result.job_name == "shop"
    body = UpdateBuildJobRequestBody(
        arch="arm", project_id=workshop, job_name="shop-3", job_id=job_id, steps=[]
    )
    assert sdk.update_build_job(UpdateBuildJobRequest(body=body)).result.job_id == job_id
    assert sdk.list_job_config(ListJobConfigRequest(job_id=job_id)).result.job_name == "shop-3"
    assert sdk.delete_build_job(DeleteBuildJobRequest(job_id=job_id)).result.project_id == workshop
    with pytest.raises(ClientRequestException) as refused:
        sdk.list_job_config(ListJobConfigRequest(job_id=job_id))
    assert (refused.value.status_code, refused.value.error_code) == (422, "CB.00031006")


def test_the_frames_have_exactly_the_keys_of_their_family(server: Server, workshop: str) -> None:
    first = server.http.post("/v1/job/create", json=task_body(workshop, "first"))
    assert first.json() == {
        "result": {"job_id": first.json()["result"]["job_id"]},
        "error": None,
        "status": "success",
    }
    second = server.http.post("/v3/jobs/create", json=task_body(workshop, "second")).json()
    deleted = server.http.post(f"/v3/jobs/{second['result']['job_id']}/delete").json()
    assert set(deleted) == {"result", "status"}
    deleted = server.http.delete(f"/v1/job/{first.json()['result']['job_id']}/delete").json()
    assert set(deleted) == {"result", "error", "status"}


def test_what_terraform_writes_comes_back_unchanged(server: Server, workshop: str) -> None:
    # The acceptance test of the provider: steps without properties, enumerations with limits, unset fields.
    enumeration = parameter(
        "test", staticVar="false", sensitiveVar="false", deletion="false", defaults="false"
    )
    enumeration["params"][1]["value"] = "customizeparam"
    enumeration["params"][2] = {
        "name": "defaultValue",
        "value": "cs",
        "limits": [{"disable": "1", "name": "cs"}, {"name": "dfds"}],
    }
    trigger = {
        "name": "hudson.triggers.TimerTrigger",
        "parameters": [
            {"name": "spec", "value": "53 15 * * 1,2,3,4,5"},
            {"name": "timeZoneId", "value": "Asia/Shanghai"},
            {"name": "timeZone", "value": "China_Standard_Time"},
            {"name": "isDST", "value": "false"},
        ],
    }
    properties = {
        "objectKey": "./",
        "uploadDirectory": True,
        "authorizationUser": {"displayName": "current user", "value": "build"},
        "obsHeaders": [{"headerKey": "1", "headerValue": "1"}],
        "number": 1.5,
        "nothing": None,
    }
    body = {
        "arch": "x86-64",
        "project_id": workshop,
        "job_name": "terraform",
        "scms": [
            {
                "url": "git@git.example.com:g/r.git",
                "scm_type": "codehub",
                "web_url": "https://w",
                "repo_id": "7",
            }
        ],
        "parameters": [enumeration],
        "triggers": [trigger],
        "steps": [
            {
                "enable": True,
                "module_id": "devcloud2018.codeci_action_20035.action",
                "name": "Docker Command",
            },
            {"module_id": "devcloud2018.codeci_action_20057.action", "name": "OBS", "properties": properties},
        ],
    }
    job_id = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
    config = server.http.get(f"/v1/job/{job_id}/config", params={"get_all_params": "true"}).json()["result"]
    assert [one["properties"] for one in config["steps"]] == [None, properties]
    assert [one["enable"] for one in config["steps"]] == [True, None]
    assert config["triggers"] == [trigger]
    pairs = config["parameters"][0]["params"]
    assert [(pair["name"], pair["value"]) for pair in pairs] == [
        (pair["name"], pair["value"]) for pair in enumeration["params"]
    ]
    assert [limit["name"] for limit in pairs[2]["limits"]] == ["cs", "dfds"]
    assert len(config["parameters"]) == 1
    unset = ("flavor", "auto_update_sub_module", "build_config_type", "build_if_code_updated", "group_id")
    assert all(config[name] is None for name in unset)
    assert config["host_type"] == "devcloud"
    update = {**body, "job_id": job_id, "steps": [], "triggers": None, "parameters": None, "scms": None}
    assert server.http.post("/v1/job/update", json=update).status_code == 200
    config = server.http.get(f"/v1/job/{job_id}/config", params={"get_all_params": "true"}).json()["result"]
    assert (config["steps"], config["triggers"], config["parameters"], config["scms"]) == (
        [],
        None,
        None,
        None,
    )


def test_both_spellings_of_the_endpoint_are_taken_and_returned(server: Server, workshop: str) -> None:
    for spelling in ("endpoint_id", "end_point_id"):
        scm = {"url": "git@git.example.com:g/r.git", "scm_type": "codehub", spelling: "abc"}
        body = task_body(workshop, spelling, scms=[scm])
        job_id = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
        found = server.http.get(f"/v1/job/{job_id}/config").json()["result"]["scms"][0]
        assert (found["endpoint_id"], found["end_point_id"]) == ("abc", "abc")


def test_numbers_and_booleans_in_text_fields_become_text(server: Server, workshop: str) -> None:
    body = task_body(
        workshop,
        auto_update_sub_module=True,
        timeout={"limit": 30, "unit": "minute"},
        scms=[{"url": "git@git.example.com:g/r.git", "scm_type": "codehub", "depth": 5, "repo_id": 21}],
        unknown_key={"is": "ignored"},
    )
    job_id = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
    config = server.http.get(f"/v1/job/{job_id}/config").json()["result"]
    assert config["auto_update_sub_module"] == "true"
    assert config["timeout"] == {"limit": "30", "unit": "minute"}
    assert (config["scms"][0]["depth"], config["scms"][0]["repo_id"]) == ("5", "21")


def test_a_private_default_is_never_shown(server: Server, workshop: str) -> None:
    body = task_body(workshop, parameters=[parameter("TOKEN", "s3cr3t-value", sensitiveVar="true")])
    job_id = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
    shown = server.http.get(f"/v1/job/{job_id}/config").text
    assert "s3cr3t-value" not in shown
    assert '"******"' in shown


BAD_CONFIGURATIONS: list[tuple[dict[str, object], str]] = [
    ({"job_name": "no spaces"}, "job_name"),
    ({"job_name": ""}, "job_name"),
    ({"job_name": "x" * 116}, "job_name"),
    ({"arch": "mips"}, "arch"),
    ({"flavor": "huge"}, "flavor"),
    ({"project_id": "not-an-id"}, "project_id"),
    ({"steps": [shell_step()] * 51}, "steps"),
    ({"steps": "all"}, "steps"),
    ({"scms": [{"url": "ext::sh -c id", "scm_type": "git"}]}, "scms[0].url"),
    (
        {"scms": [{"url": "git@h:g/r.git", "scm_type": "git", "branch": "--upload-pack=x"}]},
        "scms[0].branch",
    ),
    ({"parameters": [parameter("PATH")]}, "parameters[0].params"),
    ({"timeout": {"limit": "0", "unit": "hour"}}, "timeout.limit"),
]


@pytest.mark.parametrize("path", ["/v1/job/create", "/v3/jobs/create"])
def test_bad_configurations_are_refused_by_field(server: Server, workshop: str, path: str) -> None:
    for change, field in BAD_CONFIGURATIONS:
        answer = server.http.post(path, json={**task_body(workshop), **change})
        assert answer.status_code == 400, change
        assert answer.json()["error_code"] == "CB.00060200"
        assert field in answer.json()["error_msg"]
    listed = server.http.get(f"/v1/job/{workshop}/list", params={"page_index": 0, "page_size": 10}).json()
    assert listed["total"] == 0


def test_a_missing_or_malformed_body_is_refused(server: Server) -> None:
    for content in (b"", b"{", b"[]", b'{"arch": "x86-64"}', b"null"):
        answer = server.http.post(
            "/v1/job/create", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, content
        assert answer.json()["error_code"] == "CB.00060200"


def test_malformed_and_unknown_ids_have_the_codes_of_their_family(server: Server) -> None:
    cases = [
        ("/v1/job/XYZ/config", 400, "DEV.CB.032011"),
        (f"/v1/job/{'a' * 32}/config", 422, "DEVCB.00031006"),
        ("/v3/jobs/XYZ/query", 400, "CB.00060201"),
        (f"/v3/jobs/{'a' * 32}/query", 422, "CB.00031006"),
    ]
    for path, status, code in cases:
        answer = server.http.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), path


def test_another_tenant_sees_exactly_what_it_sees_for_an_unknown_id(server: Server, workshop: str) -> None:
    job_id = server.http.post("/v1/job/create", json=task_body(workshop)).json()["result"]["job_id"]
    bob = server.caller("bob")
    update = {**task_body(workshop), "job_id": job_id}
    unknown = "f" * 32
    pairs = [
        (bob.get(f"/v1/job/{job_id}/config"), bob.get(f"/v1/job/{unknown}/config")),
        (bob.delete(f"/v1/job/{job_id}/delete"), bob.delete(f"/v1/job/{unknown}/delete")),
        (bob.post(f"/v3/jobs/{job_id}/delete"), bob.post(f"/v3/jobs/{unknown}/delete")),
        (
            bob.post("/v1/job/update", json=update),
            bob.post("/v1/job/update", json={**update, "job_id": unknown}),
        ),
        (
            bob.post("/v1/job/create", json=task_body(workshop)),
            bob.post("/v1/job/create", json=task_body(unknown)),
        ),
        (
            bob.post("/v1/job/execute", json={"job_id": job_id}),
            bob.post("/v1/job/execute", json={"job_id": unknown}),
        ),
    ]
    bob.close()
    for foreign, missing in pairs:
        assert foreign.status_code == missing.status_code == 422
        hidden = [msgspec.json.encode(answer.json()).decode() for answer in (foreign, missing)]
        assert hidden[0].replace(job_id, "ID").replace(workshop, "ID") == hidden[1].replace(unknown, "ID")
