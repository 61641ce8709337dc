import json
from collections.abc import Callable
from typing import Any

import pytest
from huaweicloudsdkcodeartscheck.v2 import (
    CheckParametersRequest,
    CheckRulesetParametersRequest,
    ConfigTaskParameterBody,
    IgnorePathSettingItem,
    ListTaskParameterRequest,
    ListTaskRulesetRequest,
    ShowTaskPathTreeRequest,
    ShowTaskSettingsRequest,
    ShowTasksRulesetsRequest,
    TaskAdvancedSettingsItem,
    TaskCheckSettingsItem,
    UpdateIgnorePathRequest,
    UpdateIgnorePathRequestBody,
    UpdateTaskRulesetItem,
    UpdateTaskRulesetRequest,
    UpdateTaskSettingsRequest,
    UpdateTaskSettingsRequestBody,
)

from bottega.check.tasks.families import branch_task
from bottega.check.tasks.tables import CheckTask
from tests.build.harness import Server
from tests.check.api.test_v2_tasks import create
from tests.check.tasks.harness import add_rule_set, add_scan

Sdk = Callable[[str], Any]


def rule_set(server: Server, project_id: str, language: str = "PYTHON") -> str:
    alice = server.callers["alice"]
    return add_rule_set(server.services.database, alice.user_id, alice.tenant_id, project_id, language)


def settings(server: Server, task_id: str) -> Any:
    return server.services.check_tasks.show(server.callers["alice"], task_id).settings


def test_rule_sets_are_switched_language_by_language(server: Server, workshop: str, sdk: Sdk) -> None:
    first, second, other = (rule_set(server, workshop, name) for name in ("PYTHON", "PYTHON", "GO"))
    client = sdk("alice")
    task_id = create(client, workshop)
    ids = {"project_id": workshop, "task_id": task_id}

    def change(rule_set_id: str, use: str, language: str = "Python") -> None:
        item = UpdateTaskRulesetItem(language=language, rule_set_id=rule_set_id, if_use=use, status="1")
        client.update_task_ruleset(UpdateTaskRulesetRequest(task_id=task_id, body=[item]))

    def selected() -> list[str]:
        listed = client.list_task_ruleset(ListTaskRulesetRequest(**ids)).body
        return [one.template_id for one in listed if one.type == "selected"]

    change(first, "1")
    change(second, "1")
    change(other, "1", "go")
    assert selected() == [second, other]
    change(first, "0")
    change(other, "0", "go")
    assert selected() == [second]
    pages = [client.show_tasks_rulesets(ShowTasksRulesetsRequest(**ids, offset=at, limit=5)) for at in (0, 5)]
    # Of both languages, with the three of the system.
    assert [(page.total, len(page.info)) for page in pages] == [(9, 5), (9, 4)]
    (optional,) = [one for page in pages for one in page.info if one.template_id == first]
    assert (optional.type, optional.status) == ("optional", "0")
    body = [{"language": "python", "rule_set_id": second, "if_use": "0", "status": "1"}]
    refused = server.http.put(f"/v2/tasks/{task_id}/ruleset", json=body)
    assert (refused.status_code, refused.json()["error_msg"].partition(":")[0]) == (400, "if_use")
    body[0]["rule_set_id"] = other
    refused = server.http.put(f"/v2/tasks/{task_id}/ruleset", json=body)
    assert refused.json()["error_msg"].startswith("[0].language: ")
    assert selected() == [second]


def test_an_engine_is_switched_by_its_number(server: Server, workshop: str, sdk: Sdk) -> None:
    client, chosen = sdk("alice"), rule_set(server, workshop)
    task_id = create(client, workshop)
    asked = {"project_id": workshop, "task_id": task_id, "ruleset_id": chosen, "language": "python"}
    found = {one.name: one for one in client.check_parameters(CheckParametersRequest(**asked)).body}
    ruff = found["ruff"]
    assert [(one.cfg_key, one.value, one.type) for one in ruff.checker_configs] == [("enabled", "on", 2)]
    body = ConfigTaskParameterBody(
        check_id=ruff.check_id,
        ruleset_id=chosen,
        language="python",
        status="off",
        task_check_settings=[TaskCheckSettingsItem(cfg_key="enabled", status="off")],
    )
    ids = {"project_id": workshop, "task_id": task_id}
    client.list_task_parameter(ListTaskParameterRequest(**ids, body=body))
    page = client.check_ruleset_parameters(CheckRulesetParametersRequest(**asked, limit=1000))
    assert page.total == len(found)
    assert [one.checker_configs[0].value for one in page.data if one.name == "ruff"] == ["off"]
    (saved,) = settings(server, task_id).engines
    assert (saved.engine, saved.language, saved.on) == ("ruff", "PYTHON", False)
    wrong = {"check_id": ruff.check_id, "ruleset_id": chosen, "language": "python", "status": "on"}
    for change, field in (
        ({"check_id": 7}, "check_id"),
        ({"language": "go"}, "language"),
        ({"task_check_settings": [{"cfg_key": "jdk", "status": "on"}]}, "task_check_settings.cfg_key"),
    ):
        sent = {**wrong, "task_check_settings": [], **change}
        refused = server.http.post(f"/v2/{workshop}/tasks/{task_id}/config-parameters", json=sent)
        assert (refused.status_code, refused.json()["error_msg"].partition(": ")[0]) == (400, field)


def test_files_are_ignored_and_looked_at_again(server: Server, workshop: str, sdk: Sdk) -> None:
    client = sdk("alice")
    task_id = create(client, workshop)
    add_scan(server.services.database, task_id, files=["src/a.py", "src/gen/b.py", "top.py"])
    ids = {"project_id": workshop, "task_id": task_id}

    def ignore(path: str, state: str) -> None:
        items = [IgnorePathSettingItem(file_path=path, checkbox_status=state)]
        body = UpdateIgnorePathRequestBody(ignore_path_settings=items)
        client.update_ignore_path(UpdateIgnorePathRequest(**ids, body=body))

    def tree(folder: str = "") -> list[tuple[str, bool, str]]:
        page = client.show_task_path_tree(ShowTaskPathTreeRequest(**ids, current_path=folder))
        assert page.total == len(page.info)
        return [(one.file_path, one.is_leaf, one.checkbox_status) for one in page.info]

    ignore("src/gen", "all")
    assert tree() == [("src", False, "half"), ("top.py", True, "unchecked")]
    assert tree("src") == [("src/gen", False, "all"), ("src/a.py", True, "unchecked")]
    ignore("src", "all")
    assert settings(server, task_id).ignore == ["src"]
    ignore("src/a.py", "unchecked")
    assert settings(server, task_id).ignore == ["src/gen"]
    body = {"ignore_path_settings": [{"file_path": "../etc", "checkbox_status": "all"}]}
    refused = server.http.post(f"/v2/{workshop}/tasks/{task_id}/config-ignorepath", json=body)
    assert refused.json()["error_msg"].startswith("ignore_path_settings[0].file_path: ")


def test_the_tree_comes_from_the_repository_before_the_first_check(
    server: Server, workshop: str, sdk: Sdk, make_repository: Callable[[], Any]
) -> None:
    repository = make_repository()
    repository.commit("first", **{"main.py": "", "README.md": ""})
    url = repository.url
    task_id = create(sdk("alice"), workshop, git_url=url, git_branch="master")
    path = f"/v2/{workshop}/tasks/{task_id}/listpathtree"
    names = [one["file_name"] for one in server.http.get(path).json()["info"]]
    assert names == ["README.md", "main.py"]
    gone = create(sdk("alice"), workshop, git_url=f"{url}-gone", git_branch="master")
    assert server.http.get(f"/v2/{workshop}/tasks/{gone}/listpathtree").json() == {"info": [], "total": 0}


def test_settings_are_written_and_shown_by_key(server: Server, workshop: str, sdk: Sdk) -> None:
    client = sdk("alice")
    task_id = create(client, workshop)
    ids = {"project_id": workshop, "task_id": task_id}

    def change(**values: str) -> None:
        items = [TaskAdvancedSettingsItem(key=key, value=value) for key, value in values.items()]
        body = UpdateTaskSettingsRequestBody(task_advanced_settings=items)
        client.update_task_settings(UpdateTaskSettingsRequest(**ids, body=body))

    def shown(config_list: str) -> dict[str, str]:
        answer = server.http.get(
            f"/v2/{workshop}/tasks/{task_id}/settings", params={"config_list": config_list, "limit": 100}
        )
        return {one["key"]: one["value"] for one in answer.json()["info"]}

    gate = json.dumps([{"name": "致命问题数", "compareType": "≤", "isCheck": 1, "value": 3}])
    change(customImage="swr/img:1", includePaths="src, lib", taskName="shop", mine="kept", reviewData=gate)
    change(newIssueTime="2026-01-02T03:04:05Z", maxLines="20000", ownConfig="true", checkMode="1")
    defaults = client.show_task_settings(ShowTaskSettingsRequest(**ids)).info
    assert [(one.key, one.value) for one in defaults] == [("customImage", "swr/img:1"), ("authId", "")]
    assert shown("taskName,includePaths,mine") == {
        "taskName": "shop",
        "includePaths": "src,lib",
        "mine": "kept",
    }
    assert json.loads(shown("reviewData")["reviewData"])[0]["value"] == 3
    everything = shown("all")
    assert {key: everything[key] for key in ("newIssueTime", "maxLines", "ownConfig", "checkMode")} == {
        "newIssueTime": "2026-01-02T03:04:05Z",
        "maxLines": "20000",
        "ownConfig": "true",
        "checkMode": "1",
    }
    saved = settings(server, task_id)
    assert (saved.max_lines, saved.own_config, saved.check_mode, saved.gate.items[0].value) == (
        20000,
        True,
        1,
        3,
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("taskName", "a/b"),
        ("taskName", ""),
        ("includePaths", "../x"),
        ("maxLines", "-1"),
        ("ownConfig", "yes"),
        ("checkMode", "2"),
        ("newIssueTime", "yesterday"),
        ("reviewData", "[]]"),
        ("reviewData", '[{"name": "bugs", "value": 1}]'),
        ("mine", "\0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_changes_nothing(
    server: Server, workshop: str, sdk: Sdk, key: str, value: str
) -> None:
    task_id = create(sdk("alice"), workshop)
    before = settings(server, task_id)
    items = [{"key": "customImage", "value": "x"}, {"key": key, "value": value}]
    path = f"/v2/{workshop}/tasks/{task_id}/settings"
    refused = server.http.post(path, json={"task_advanced_settings": items})
    assert (refused.status_code, refused.json()["error_msg"].startswith(key)) == (400, True)
    assert settings(server, task_id) == before


def test_a_task_is_found_in_its_own_project_only(server: Server, workshop: str, sdk: Sdk) -> None:
    task_id = create(sdk("alice"), workshop)
    other = server.services.projects.create(server.callers["alice"], "other")[0].id
    for path in ("settings", "rulesets", "listpathtree"):
        answer = server.http.get(f"/v2/{other}/tasks/{task_id}/{path}")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "CC.00050002")


def test_a_branch_changes_the_settings_of_its_family(server: Server, workshop: str, sdk: Sdk) -> None:
    root_id = create(sdk("alice"), workshop)
    services = server.services
    with services.database.write() as session:
        root = session.get_one(CheckTask, root_id)
        branch_id = branch_task(session, root, "dev").id
    body = {
        "task_advanced_settings": [{"key": "taskName", "value": "renamed"}, {"key": "maxLines", "value": "5"}]
    }
    assert server.http.post(f"/v2/{workshop}/tasks/{branch_id}/settings", json=body).text == "null"
    shown = services.check_tasks.show(server.callers["alice"], root_id)
    assert (shown.task.name, shown.settings.max_lines) == ("renamed", 5)
    assert services.check_tasks.show(server.callers["alice"], branch_id).task.name == "renamed"
