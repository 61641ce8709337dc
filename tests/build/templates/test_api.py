"""The operations on templates over HTTP: shapes, codes, and the official SDK."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from huaweicloudsdkcodeartsbuild.v3 import (
    AddFavouriteCustomTemplateRequest,
    AddFavouriteOfficialTemplateRequest,
    CreateTemplate,
    CreateTemplateRequest,
    CreateTemplatesRequest,
    CreateTemplatesRequestBody,
    CreateTemplateSteps,
    DeleteTemplateRequest,
    DeleteTemplatesRequest,
    ListCustomTemplateRequest,
    ListOfficialTemplateRequest,
    ListRecommendOfficialTemplateRequest,
    ListRecommendOfficialTemplateRequestBody,
    ListTemplatesRequest,
    RemoverFavouriteCustomTemplateRequest,
    RemoverFavouriteOfficialTemplateRequest,
    SaveTemplateUsedInfoRequest,
    SaveTemplateUsedInfoRequestBody,
    ShowTemplateRequest,
    ShowYamlTemplateRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.build.templates import catalogue
from bottega.iam.principal import Right
from tests.build.api.test_contract import missing
from tests.build.harness import Server, parameter, shell_step, task_body, template_body
from tests.scm.origins import Origin

UNKNOWN = "f" * 32


def made(server: Server, name: str = "shop", **changes: Any) -> str:
    answer = server.http.post("/v1/template/create", json=template_body(name, **changes))
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["uuid"]


def sdk_body(name: str) -> CreateTemplatesRequestBody:
    step = CreateTemplateSteps(
        module_id="devcloud2018.codeci_action_20017.action", properties={"command": "make"}
    )
    return CreateTemplatesRequestBody(
        name=name, description="about it", tool_type="make", template=CreateTemplate(steps=[step])
    )


@pytest.fixture
def sdk(server: Server) -> Any:
    return server.sdk("alice")


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path / "origin")
    made.commit("first", **{"pom.xml": "<project/>"})
    return made


def test_the_sdk_creates_shows_lists_and_deletes_a_template(sdk: Any) -> None:
    created = sdk.create_template(CreateTemplateRequest(body=sdk_body("shop")))
    assert created.status == "success"
    uuid = created.result.uuid
    shown = sdk.show_template(ShowTemplateRequest(uuid=uuid)).result
    assert (shown.uuid, shown.name, shown.description, shown.tool_type) == (uuid, "shop", "about it", "make")
    assert (shown.scope, shown.type, shown.public, shown.weight) == ("custom", "codeci", True, 0.0)
    assert shown.template.steps[0].properties == {"command": "make"}
    assert shown.template.steps[0].name is None
    listed = sdk.list_custom_template(ListCustomTemplateRequest(page=1, page_size=10)).result
    assert (listed.total_size, [one.uuid for one in listed.items]) == (1, [uuid])
    assert listed.items[0].nick_name == "admin"
    assert sdk.delete_template(DeleteTemplateRequest(uuid=uuid)).status == "success"
    for call in (
        lambda: sdk.show_template(ShowTemplateRequest(uuid=uuid)),
        lambda: sdk.delete_template(DeleteTemplateRequest(uuid=uuid)),
    ):
        with pytest.raises(ClientRequestException) as gone:
            call()
        assert (gone.value.status_code, gone.value.error_code) == (422, "DEV.CB.0520002")


def test_the_outdated_family_works_on_the_same_templates(sdk: Any) -> None:
    created = sdk.create_templates(CreateTemplatesRequest(body=sdk_body("shop"))).result
    assert len(created.id) == 24
    assert created.template.steps[0].properties == {"command": "make"}
    listed = sdk.list_templates(ListTemplatesRequest(page="0", page_size="10", name="SHO")).result
    assert (listed.total_size, [one.uuid for one in listed.items]) == (1, [created.uuid])
    assert sdk.show_template(ShowTemplateRequest(uuid=created.uuid)).result.create_time == created.create_time
    deleted = sdk.delete_templates(DeleteTemplatesRequest(uuid=created.uuid)).result
    assert [one.uuid for one in deleted] == [created.uuid]
    with pytest.raises(ClientRequestException) as gone:
        sdk.delete_templates(DeleteTemplatesRequest(uuid=created.uuid))
    assert (gone.value.status_code, gone.value.error_code) == (422, "DEV.CB.0520002")
    assert sdk.list_templates(ListTemplatesRequest()).result.items == []


def test_the_sdk_stars_custom_and_official_templates(sdk: Any, server: Server) -> None:
    uuid = made(server)
    assert sdk.add_favourite_custom_template(AddFavouriteCustomTemplateRequest(uuid=uuid)).status == "success"
    assert sdk.show_template(ShowTemplateRequest(uuid=uuid)).result.favourite is True
    request = RemoverFavouriteCustomTemplateRequest(uuid=uuid)
    assert sdk.remover_favourite_custom_template(request).status == "success"
    assert sdk.show_template(ShowTemplateRequest(uuid=uuid)).result.favourite is False

    last = catalogue.official()[-1].uuid
    request = AddFavouriteOfficialTemplateRequest(uuid=last)
    assert sdk.add_favourite_official_template(request).status == "success"
    first = sdk.list_official_template(ListOfficialTemplateRequest(page_size="1")).result.items[0]
    assert (first.uuid, first.favourite) == (last, True)
    request = RemoverFavouriteOfficialTemplateRequest(uuid=last)
    assert sdk.remover_favourite_official_template(request).status == "success"
    everything = sdk.list_official_template(ListOfficialTemplateRequest(page_size="100")).result.items
    assert not any(one.favourite for one in everything)


def test_the_sdk_lists_the_official_templates(sdk: Any) -> None:
    count = len(catalogue.official())
    pages = [
        sdk.list_official_template(ListOfficialTemplateRequest(page=str(page), page_size="10")).result
        for page in range(count // 10 + 2)
    ]
    assert {page.total_size for page in pages} == {float(count)}
    assert pages[-1].items == []
    listed = [one for page in pages for one in page.items]
    assert [one.uuid for one in listed] == [one.uuid for one in catalogue.official()]
    assert {(one.scope, one.type, one.public) for one in listed} == {("official", "codeci", True)}
    maven = sdk.list_official_template(ListOfficialTemplateRequest(name="MAVEN")).result.items
    assert [(one.name, one.language, one.tool_type) for one in maven] == [("Maven", "java", "maven")]
    assert "mvn" in maven[0].template.steps[0].properties["command"]
    pairs = {pair.name: pair.value for pair in maven[0].parameters[0].params}
    assert (pairs["name"], pairs["defaultValue"], pairs["staticVar"]) == ("MAVEN_GOALS", "package", "true")


def test_an_official_template_makes_a_task(sdk: Any, server: Server, workshop: str) -> None:
    found = server.http.get("/v1/template/officialtemplates", params={"page_size": "100"}).json()
    assert len(found["result"]["items"]) == len(catalogue.official())
    for one in found["result"]["items"]:
        task = task_body(
            workshop,
            f"from-{one['uuid']}",
            steps=one["template"]["steps"],
            parameters=one["parameters"],
        )
        answer = server.http.post("/v1/job/create", json=task)
        assert answer.status_code == 200, answer.text
        config = server.http.get(f"/v1/job/{answer.json()['result']['job_id']}/config").json()["result"]
        assert config["steps"] == one["template"]["steps"]


def test_the_sdk_asks_for_recommendations(sdk: Any, origin: Origin) -> None:
    def ask(**changes: str) -> Any:
        asked = {"git_url": origin.url, "branch": "main", **changes}
        request = ListRecommendOfficialTemplateRequestBody(**asked)
        return sdk.list_recommend_official_template(ListRecommendOfficialTemplateRequest(body=request)).result

    found = ask()
    assert (found.total_size, [one.name for one in found.items]) == (1, ["Maven"])
    assert found.items[0].scope == "official"
    origin.git("rm", "--quiet", "pom.xml")
    origin.commit("nothing to build")
    assert (ask().total_size, ask().items) == (0, [])
    with pytest.raises(ClientRequestException) as refused:
        ask(branch="nope")
    assert (refused.value.status_code, refused.value.error_code) == (400, "CB.00060200")
    assert "git_url: There is no branch 'nope'" in refused.value.error_msg


def test_the_sdk_tells_which_template_a_task_came_from(sdk: Any, server: Server, workshop: str) -> None:
    job_id = server.http.post("/v1/job/create", json=task_body(workshop)).json()["result"]["job_id"]
    uuid = made(server)
    template_id = sdk.show_template(ShowTemplateRequest(uuid=uuid)).result.id
    for known in (template_id, uuid, catalogue.official()[0].object_id):
        used = SaveTemplateUsedInfoRequestBody(job_id=job_id, template_id=known)
        answer = sdk.save_template_used_info(SaveTemplateUsedInfoRequest(body=used))
        assert (answer.result, answer.status) == ("success", "success")
    assert sdk.show_template(ShowTemplateRequest(uuid=uuid)).result.weight == 1.0
    with pytest.raises(ClientRequestException) as unknown:
        used = SaveTemplateUsedInfoRequestBody(job_id=job_id, template_id=UNKNOWN)
        sdk.save_template_used_info(SaveTemplateUsedInfoRequest(body=used))
    assert (unknown.value.status_code, unknown.value.error_code) == (422, "DEV.CB.0520002")


def test_the_sdk_reads_the_build_file_a_task_begins_with(sdk: Any, server: Server, workshop: str) -> None:
    scm = {"url": "git@git.example.com:group/shop.git", "scm_type": "codehub"}
    task = task_body(workshop, scms=[scm], build_config_type="YAML", steps=[])
    job_id = server.http.post("/v1/job/create", json=task).json()["result"]["job_id"]
    request = ShowYamlTemplateRequest(job_id=job_id, default_host="x86-64")
    found = yaml.safe_load(sdk.show_yaml_template(request).result)
    assert found["steps"]["PRE_BUILD"][0]["checkout"]["inputs"]["url"] == scm["url"]
    assert found["env"]["resource"]["arch"] == "X86"
    assert "env" not in yaml.safe_load(sdk.show_yaml_template(ShowYamlTemplateRequest(job_id=job_id)).result)


def test_the_frames_have_exactly_the_keys_of_their_operation(
    server: Server, workshop: str, origin: Origin
) -> None:
    job_id = server.http.post("/v1/job/create", json=task_body(workshop)).json()["result"]["job_id"]
    uuid = made(server)
    official = catalogue.official()[0].uuid
    asked = {"git_url": origin.url, "branch": "main", "tags": ""}
    used = {"job_id": job_id, "template_id": uuid}
    whole, with_result, status = {"result", "error", "status"}, {"result", "status"}, {"status"}
    calls: list[tuple[str, str, Any, set[str]]] = [
        ("POST", "/v1/template/create", template_body("a"), with_result),
        ("GET", "/v1/template/custom", None, whole),
        ("GET", f"/v1/template/{uuid}/custom", None, whole),
        ("GET", "/v1/template/officialtemplates", None, whole),
        ("POST", "/v1/template/recommend", asked, whole),
        ("POST", f"/v1/template/custom/{uuid}/follow", {}, status),
        ("POST", f"/v1/template/custom/{uuid}/unfollow", None, status),
        ("POST", f"/v1/template/official/{official}/follow", None, status),
        ("POST", f"/v1/template/official/{official}/unfollow", {}, status),
        ("POST", "/v1/template/used-info", used, whole),
        ("GET", f"/v1/template/{job_id}/default-template", None, whole),
        ("POST", "/v3/templates/create", template_body("b"), whole),
        ("GET", "/v3/templates/query", None, whole),
        ("DELETE", f"/v3/templates/{uuid}/delete", None, whole),
        ("DELETE", f"/v1/template/{made(server)}/delete", None, status),
    ]
    for method, path, content, keys in calls:
        answer = server.http.request(method, path, json=content)
        assert answer.status_code == 200, (path, answer.text)
        assert set(answer.json()) == keys, path
        assert answer.json()["status"] == "success"
        assert answer.json().get("error") is None


def test_answers_have_all_fields_of_the_contract(server: Server, origin: Origin) -> None:
    uuid = made(server, parameters=[parameter("a", "b")])
    asked = {"git_url": origin.url, "branch": "main"}
    answers = {
        "ShowTemplateResponse": server.http.get(f"/v1/template/{uuid}/custom"),
        "ListCustomTemplateResponse": server.http.get("/v1/template/custom"),
        "ListOfficialTemplateResponse": server.http.get("/v1/template/officialtemplates"),
        "ListRecommendOfficialTemplateResponse": server.http.post("/v1/template/recommend", json=asked),
        "CreateTemplatesResponse": server.http.post("/v3/templates/create", json=template_body("other")),
        "ListTemplatesResponse": server.http.get("/v3/templates/query"),
        "CreateTemplateResponse": server.http.post("/v1/template/create", json=template_body("third")),
        "DeleteTemplatesResponse": server.http.delete(f"/v3/templates/{uuid}/delete"),
    }
    lacking = {model: missing(model, answer.json()) for model, answer in answers.items()}
    assert {model: fields for model, fields in lacking.items() if fields} == {}


def test_only_the_newer_list_counts_pages_from_one(server: Server) -> None:
    for number in range(3):
        made(server, f"t{number}")

    def names(path: str, **params: Any) -> list[str]:
        found = server.http.get(path, params=params).json()["result"]
        assert found["total_size"] == 3
        return [one["name"] for one in found["items"]]

    assert names("/v1/template/custom", page=1, page_size=2) == names(
        "/v3/templates/query", page="0", page_size="2"
    )
    assert len(names("/v1/template/custom", page=2, page_size=2)) == 1
    assert names("/v1/template/custom", page=3, page_size=2) == []
    assert names("/v3/templates/query", page="2", page_size="2") == []
    assert names("/v3/templates/query", page="", page_size="0") == []
    assert len(names("/v1/template/custom", filter="", tags="", name="t")) == 3


@pytest.mark.parametrize("path", ["/v1/template/create", "/v3/templates/create"])
def test_bad_templates_are_refused_by_field_and_leave_nothing(server: Server, path: str) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "name"),
        ({"template": {"steps": [shell_step()] * 51}}, "template.steps"),
        ({"template": {"steps": [{"module_id": "$(id)"}]}}, "template.steps[0].module_id"),
        ({"template": {}}, "template"),
        ({"template": None}, "template"),
        ({"parameters": [parameter("LD_PRELOAD")]}, "parameters[0].params"),
        ({"name": 7}, "name"),
    ]
    for change, field in cases:
        answer = server.http.post(path, json={**template_body(), **change})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200"), change
        assert field in answer.json()["error_msg"]
    for content in (b"", b"{", b"[]", b"null", b'{"name": "x"}', b"[" * 100_000):
        answer = server.http.post(path, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200"), content[:20]
    assert server.http.get("/v1/template/custom").json()["result"]["total_size"] == 0


def test_bad_queries_are_refused(server: Server) -> None:
    huge = "9" * 40
    for path in (
        "/v1/template/custom?page=0",
        "/v1/template/custom?page=x",
        f"/v1/template/custom?page={huge}",
        "/v1/template/custom?page_size=0",
        "/v1/template/custom?page_size=101",
        "/v1/template/custom?filter=red",
        "/v1/template/custom?name=%00",
        "/v1/template/custom?tags=%00",
        "/v1/template/officialtemplates?page=-1",
        f"/v1/template/officialtemplates?page={huge}",
        "/v1/template/officialtemplates?page_size=101",
        "/v1/template/officialtemplates?page_size=many",
        "/v3/templates/query?page=1.5",
        "/v3/templates/query?page_size=%D9%A3",
        f"/v1/template/{'a' * 65}/custom",
        "/v1/template/a%20b/custom",
        "/v1/template/XYZ/default-template",
        f"/v1/template/{UNKNOWN}x/default-template",
    ):
        answer = server.http.get(path)
        assert answer.status_code == 400, path
        assert set(answer.json()) == {"error_code", "error_msg"}


def test_unknown_templates_and_tasks_have_their_codes(server: Server) -> None:
    own = made(server)
    official = catalogue.official()[0].uuid
    calls = [
        ("GET", f"/v1/template/{UNKNOWN}/custom", "DEV.CB.0520002"),
        ("GET", "/v1/template/NOT-an-uuid/custom", "DEV.CB.0520002"),
        ("DELETE", f"/v1/template/{UNKNOWN}/delete", "DEV.CB.0520002"),
        ("DELETE", f"/v3/templates/{UNKNOWN}/delete", "DEV.CB.0520002"),
        ("DELETE", f"/v1/template/{official}/delete", "DEV.CB.0520002"),
        ("POST", f"/v1/template/custom/{official}/follow", "DEV.CB.0520002"),
        ("POST", f"/v1/template/official/{own}/follow", "DEV.CB.0520002"),
        ("POST", f"/v1/template/official/{UNKNOWN}/unfollow", "DEV.CB.0520002"),
        ("GET", f"/v1/template/{UNKNOWN}/default-template", "DEVCB.00031006"),
    ]
    for method, path, code in calls:
        answer = server.http.request(method, path)
        assert (answer.status_code, answer.json()["error_code"]) == (422, code), path


def test_another_tenant_sees_exactly_what_it_sees_for_an_unknown_id(server: Server, workshop: str) -> None:
    uuid = made(server)
    job_id = server.http.post("/v1/job/create", json=task_body(workshop)).json()["result"]["job_id"]
    bob = server.caller("bob")

    def answers(template: str, task: str) -> list[str]:
        used = {"job_id": task, "template_id": template}
        return [
            f"{answer.status_code} {answer.text}".replace(template, "T").replace(task, "J")
            for answer in (
                bob.get(f"/v1/template/{template}/custom"),
                bob.delete(f"/v1/template/{template}/delete"),
                bob.delete(f"/v3/templates/{template}/delete"),
                bob.post(f"/v1/template/custom/{template}/follow"),
                bob.post(f"/v1/template/custom/{template}/unfollow"),
                bob.post("/v1/template/used-info", json=used),
                bob.get(f"/v1/template/{task}/default-template"),
            )
        ]

    assert answers(uuid, job_id) == answers(UNKNOWN, "e" * 32)
    assert bob.get("/v1/template/custom").json()["result"]["items"] == []
    bob.close()
    assert server.http.get(f"/v1/template/{uuid}/custom").status_code == 200


def test_a_caller_without_the_right_is_refused_and_changes_nothing(server: Server, origin: Origin) -> None:
    uuid = made(server)
    server.callers["viewer"] = msgspec.structs.replace(
        server.callers["alice"], user_id="c" * 32, rights=frozenset({Right.VIEW})
    )
    viewer = server.caller("viewer")
    asked = {"git_url": origin.url, "branch": "main"}
    for answer in (
        viewer.post("/v1/template/create", json=template_body("x")),
        viewer.post("/v3/templates/create", json=template_body("x")),
        viewer.delete(f"/v1/template/{uuid}/delete"),
        viewer.delete(f"/v3/templates/{uuid}/delete"),
        viewer.post("/v1/template/recommend", json=asked),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (403, "CB.00060403")
    assert viewer.get("/v1/template/custom").json()["result"]["total_size"] == 1
    viewer.close()
