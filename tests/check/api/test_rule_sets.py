"""Rule sets by the API: both families, who may do what, and what is refused."""

from typing import Any

import msgspec
import pytest
from huaweicloudsdkcodeartscheck.v2 import (
    CreateRulesetRequest,
    DeleteRulesetRequest,
    ListRulesetsRequest,
    Ruleset,
    SetDefaulTemplateRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.iam.principal import Right
from bottega.ids import new_hex
from tests.build.harness import Server
from tests.check.rules import COMPLEX, PYTHON, UNUSED_IMPORT, made, sdk_of
from tests.support.catalogues import shared_catalogue
from tests.support.databases import seed_project

ENGLISH = {"X-Language": "en-us"}


def colleague(server: Server, *rights: Right) -> Any:
    """The SDK of somebody else of alice's tenant, who has these rights."""
    alice = server.callers["alice"]
    server.callers["carol"] = msgspec.structs.replace(
        alice, user_id=new_hex(), user_name="carol", rights=frozenset(rights)
    )
    return sdk_of(server, "carol")


def listed(sdk: Any, project_id: str, category: str = "") -> dict[str, Any]:
    answer = sdk.list_rulesets(ListRulesetsRequest(project_id=project_id, category=category, limit=1000))
    assert answer.total == len(answer.info)
    return {one.template_id: one for one in answer.info}


def test_the_sdk_makes_lists_chooses_and_deletes_a_rule_set(server: Server, project_id: str) -> None:
    sdk = sdk_of(server, "alice")
    own = made(sdk, project_id, rule_ids=COMPLEX, uncheck_ids=UNUSED_IMPORT)
    shown = listed(sdk, project_id)
    assert listed(sdk, project_id, "1").keys() == {own}
    assert listed(sdk, project_id, "0").keys() == shown.keys() - {own}
    assert listed(sdk, project_id, "2") == {}
    item, base = shown[own], shown[PYTHON.id]
    assert (item.template_name, item.language, item.creator_name) == ("own", "PYTHON", "admin")
    assert len(item.template_create_time) == len("2021-10-21T02:14:55Z")
    assert set(item.rule_ids.split(",")) ^ set(base.rule_ids.split(",")) == {COMPLEX, UNUSED_IMPORT}
    assert (item.is_default_template, base.is_default_template) == ("0", "1")
    assert (base.is_default, base.is_devcloud_project_default, base.is_used) == ("1", "1", "0")
    request = SetDefaulTemplateRequest(project_id=project_id, ruleset_id=own, language="Python")
    assert sdk.set_defaul_template(request) is not None
    shown = listed(sdk, project_id)
    assert shown[own].is_devcloud_project_default == "1"
    assert shown[PYTHON.id].is_devcloud_project_default == "0"
    delete = DeleteRulesetRequest(project_id=project_id, ruleset_id=own)
    with pytest.raises(ClientRequestException) as refused:
        sdk.delete_ruleset(delete)
    assert "is the default for PYTHON" in refused.value.error_msg
    server.http.post(f"/v2/{project_id}/ruleset/{PYTHON.id}/python/default", json={}).raise_for_status()
    assert sdk.delete_ruleset(delete) is not None
    assert own not in listed(sdk, project_id)
    assert server.http.get(f"/v1/criterionsets/{own}").status_code == 404


def test_success_without_data_is_null(server: Server, project_id: str) -> None:
    own = made(sdk_of(server, "alice"), project_id)
    chosen = server.http.post(f"/v2/{project_id}/ruleset/{PYTHON.id}/PYTHON/default")
    deleted = server.http.delete(f"/v2/{project_id}/ruleset/{own}")
    assert [(answer.status_code, answer.text) for answer in (chosen, deleted)] == [(200, "null")] * 2


def test_the_third_version_has_small_pages_and_says_which_languages_have_none(
    server: Server, project_id: str
) -> None:
    path = f"/v3/{project_id}/rulesets"
    first = server.http.get(path, headers=ENGLISH, params={"need_selected_status": "false"}).json()
    assert len(first["info"]) == 10
    second = server.http.get(path, params={"offset": 9, "limit": 50}).json()
    assert second["info"][0]["template_id"] == first["info"][9]["template_id"]
    assert "rules" in first["info"][0]["template_name"]
    assert "检查规则集" in second["info"][0]["template_name"]
    without = {one["language"]: one["reason"] for one in first["unavailable"]}
    assert without == shared_catalogue().without_rules()
    assert server.http.get(path, params={"limit": 51}).status_code == 400
    assert server.http.get(path, params={"offset": 1000}).status_code == 400


def test_the_newer_operations_find_change_and_show_rule_sets(server: Server, project_id: str) -> None:
    http = server.http
    own = made(sdk_of(server, "alice"), project_id, "findable")
    query = {"my_create": "true", "search": "FIND", "languages": "Python,JAVA", "sort_field": "num_criterion"}
    (found,) = http.get("/v2/all-criterionsets", params=query).json()["result"]["criterionSetList"]
    assert (found["id"], found["type"], found["baseSetId"]) == (own, "custom", PYTHON.id)
    change = {"id": COMPLEX, "status": "enable", "severity": "0", "params": {"threshold": 12}}
    body = {
        "setId": own,
        "showToolVersions": [],
        "criterionIdsList": [change, {"id": UNUSED_IMPORT, "status": "disable"}],
    }
    assert http.post("/v1/relations", json=body).json() == {
        "httpStatus": "OK",
        "status": "success",
        "result": True,
    }
    rules = http.get("/v2/criterions", params={"set_id": own, "search": COMPLEX}).json()["result"][
        "criterionList"
    ]
    assert [(one["id"], one["severity"], one["params"][0]["option_value"]) for one in rules] == [
        (COMPLEX, "0", "12")
    ]
    query = {"project_id": project_id, "language": "py"}
    of_language = http.get("/v1/criterionsets/language", params=query, headers=ENGLISH).json()["result"]
    assert [one["name"] for one in of_language["criterionSetList"]] == [
        "Python critical rules",
        "Python general rules",
        "Python comprehensive rules",
        "findable",
    ]
    batch = http.post("/v1/criterionsets/batch", json={"ids": [own, PYTHON.id]}).json()["result"]
    assert [one["id"] for one in batch] == [own, PYTHON.id]
    assert http.get(f"/v1/criterionsets/{own}").json()["result"] == batch[0]
    defaults = http.get("/v1/criterionset/get-default-sets", params={"project_id": project_id}).json()[
        "result"
    ]
    assert defaults["PYTHON"] == PYTHON.id


def test_only_who_made_a_set_and_administrators_change_it(server: Server, project_id: str) -> None:
    alice, carol = sdk_of(server, "alice"), colleague(server, Right.VIEW, Right.CREATE)
    own, theirs = made(alice, project_id, "own"), made(carol, project_id, "theirs")
    assert listed(alice, project_id, "2").keys() == {theirs}
    with pytest.raises(ClientRequestException) as refused:
        carol.delete_ruleset(DeleteRulesetRequest(project_id=project_id, ruleset_id=own))
    assert (refused.value.status_code, refused.value.error_code) == (403, "CC.00050010")
    with pytest.raises(ClientRequestException) as refused:
        request = SetDefaulTemplateRequest(project_id=project_id, ruleset_id=theirs, language="PYTHON")
        carol.set_defaul_template(request)
    assert refused.value.status_code == 403
    alice.delete_ruleset(DeleteRulesetRequest(project_id=project_id, ruleset_id=theirs))


def test_sets_of_other_tenants_and_projects_do_not_exist(server: Server, project_id: str) -> None:
    own = made(sdk_of(server, "alice"), project_id)
    elsewhere = seed_project(server.services.database, server.callers["alice"], "elsewhere")
    assert own not in listed(sdk_of(server, "alice"), elsewhere)
    assert server.http.delete(f"/v2/{elsewhere}/ruleset/{own}").status_code == 404
    assert server.http.get(f"/v2/{elsewhere}/ruleset/{own}/rules?types=1").status_code == 404
    with server.caller("bob") as bob:
        assert bob.get(f"/v1/criterionsets/{own}").status_code == 404
        assert bob.get(f"/v2/{project_id}/rulesets").status_code == 404
        assert own not in bob.get("/v2/all-criterionsets?my_create=true").text


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"is_default": "0"}, "template_id"),
        ({"template_id": None}, "template_id"),
        ({"template_id": "0" * 32}, "rule set"),
        ({"template_name": "no blanks"}, "template_name"),
        ({"uncheck_ids": COMPLEX, "rule_ids": COMPLEX}, "uncheck_ids"),
        ({"custom_attributes": [{"attribute": "colour", "rules": []}]}, "custom_attributes"),
        ({"custom_attributes": [{"rules": [{"rule_id": COMPLEX, "value": "9"}]}]}, "custom_attributes"),
    ],
)
def test_what_cannot_be_a_rule_set_is_refused_with_the_field(
    server: Server, project_id: str, given: dict[str, Any], field: str
) -> None:
    wanted = {"is_default": "1", "template_id": PYTHON.id, "rule_ids": "", "template_name": "own", **given}
    body = Ruleset(project_id=project_id, language="python", **wanted)
    with pytest.raises(ClientRequestException) as refused:
        sdk_of(server, "alice").create_ruleset(CreateRulesetRequest(body=body))
    assert refused.value.error_msg.startswith(field)
    assert listed(sdk_of(server, "alice"), project_id, "1") == {}


def test_the_systems_sets_cannot_be_changed(server: Server, project_id: str) -> None:
    body = {"setId": PYTHON.id, "criterionIdsList": [{"id": COMPLEX, "status": "enable"}]}
    for answer in (
        server.http.post("/v1/relations", json=body),
        server.http.delete(f"/v2/{project_id}/ruleset/{PYTHON.id}"),
    ):
        assert answer.status_code == 400
        assert "belongs to the system" in answer.json()["error_msg"]


def test_a_task_can_be_checked_with_a_set_of_the_system(server: Server, project_id: str) -> None:
    body = {
        "git_url": "https://git.example.com/group/shop.git",
        "git_branch": "main",
        "rule_sets": [{"ruleset_id": PYTHON.id, "language": "python"}],
    }
    answer = server.http.post(f"/v2/{project_id}/task", json=body)
    assert answer.status_code == 200, answer.text
    assert listed(sdk_of(server, "alice"), project_id)[PYTHON.id].is_used == "1"
