from collections.abc import Callable
from typing import Any

import pytest
from huaweicloudsdkcodeartscheck.v2 import (
    CreateTaskRequest,
    CreateTaskRequestV2,
    DeleteTaskRequest,
    RuleSetV2,
    ShowTaskListByProjectIdRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.ids import new_hex
from tests.build.harness import Server
from tests.check.tasks.harness import add_rule_set, add_scan

URL = "git@git.example.com:group/shop.git"


def create(client: Any, project_id: str, **more: Any) -> str:
    fields = {"git_url": URL, "git_branch": "main", "language": ["python"], **more}
    request = CreateTaskRequest(project_id=project_id, body=CreateTaskRequestV2(**fields))
    return client.create_task(request).task_id


def listed(client: Any, project_id: str, **more: Any) -> Any:
    return client.show_task_list_by_project_id(ShowTaskListByProjectIdRequest(project_id=project_id, **more))


def test_the_sdk_creates_lists_and_deletes_tasks(
    server: Server, workshop: str, sdk: Callable[[str], Any]
) -> None:
    client = sdk("alice")
    first = create(client, workshop)
    second = create(client, workshop, git_url="https://git.example.com/group/other", language=["Java", "js"])
    found = listed(client, workshop)
    assert (found.total, [task.task_id for task in found.tasks]) == (2, [second, first])
    oldest = found.tasks[1]
    assert (oldest.git_url, oldest.git_branch) == (URL, "main")
    assert oldest.creator_id == server.callers["alice"].user_id
    assert oldest.task_name.startswith("shop_")
    assert oldest.created_at.endswith("Z")
    assert oldest.last_check_time is None
    # The offset counts pages.
    assert [task.task_id for task in listed(client, workshop, offset=1, limit=1).tasks] == [first]
    client.delete_task(DeleteTaskRequest(task_id=first))
    assert server.http.delete(f"/v2/tasks/{second}").content == b"null"
    assert listed(client, workshop).total == 0
    with pytest.raises(ClientRequestException) as refused:
        client.delete_task(DeleteTaskRequest(task_id=first))
    assert (refused.value.status_code, refused.value.error_code) == (404, "CC.00050002")


def test_a_task_may_name_rule_sets_instead_of_languages(
    server: Server, workshop: str, sdk: Callable[[str], Any]
) -> None:
    alice = server.callers["alice"]
    rule_set = add_rule_set(server.services.database, alice.user_id, alice.tenant_id, workshop, "PYTHON")
    chosen = [RuleSetV2(ruleset_id=rule_set, language="python"), RuleSetV2(language="go")]
    task_id = create(sdk("alice"), workshop, language=[], rule_sets=chosen)
    settings = server.services.check_tasks.show(server.callers["alice"], task_id).settings
    assert [(one.language, one.rule_set_id) for one in settings.rule_sets] == [
        ("PYTHON", rule_set),
        ("GO", ""),
    ]


def test_the_newest_check_of_any_branch_is_the_time_of_the_task(
    server: Server, workshop: str, sdk: Callable[[str], Any]
) -> None:
    task_id = create(sdk("alice"), workshop)
    add_scan(server.services.database, task_id, finished_at=1_700_000_000_000)
    (task,) = listed(sdk("alice"), workshop).tasks
    assert task.last_check_time == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"git_url": "http://example.com/x?y"}, "git_url"),
        ({"git_branch": "a b"}, "git_branch"),
        ({"language": ["cobol"]}, "language"),
        ({"language": []}, "language"),
        ({"check_type": ["binary"]}, "check_type"),
        ({"task_type": "half"}, "task_type"),
        ({"inc_config": {"merge_id": "7"}}, "inc_config"),
        ({"task_type": "inc", "inc_config": {"event_type": "x"}}, "inc_config.event_type"),
        ({"task_name": "a/b"}, "task_name"),
        ({"username": "me", "access_token": "top-secret"}, "access_token"),
        (
            {"git_url": "https://git.example.com/x", "access_token": "top-secret", "endpoint_id": "1"},
            "access_token",
        ),
        ({"include_paths": "src,../up"}, "include_paths"),
        ({"include_paths": ".github"}, "include_paths"),
        ({"exclude_dir": "/etc"}, "exclude_dir"),
        ({"resource_pool_id": "a b"}, "resource_pool_id"),
        ({"resource_pool_type": "custom"}, "resource_pool_id"),
        ({"rule_sets": [{"language": "go", "ruleset_id": "x"}]}, "rule_sets.ruleset_id"),
    ],
)
def test_what_cannot_be_checked_is_refused_by_field(
    server: Server, workshop: str, more: dict[str, Any], field: str
) -> None:
    body = {"git_url": URL, "git_branch": "main", "language": ["python"], **more}
    answer = server.http.post(f"/v2/{workshop}/task", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CC.00050000")
    assert answer.json()["error_msg"].startswith(f"{field}: ")
    assert "top-secret" not in answer.text
    assert server.http.get(f"/v2/{workshop}/tasks").json() == {"tasks": [], "total": 0}


def test_names_are_free_again_when_their_task_is_deleted(server: Server, workshop: str) -> None:
    body = {"git_url": URL, "git_branch": "main", "language": ["python"], "task_name": "shop"}
    path = f"/v2/{workshop}/task"
    task_id = server.http.post(path, json=body).json()["task_id"]
    assert server.http.post(path, json=body).status_code == 400
    assert server.http.get(f"/v2/{workshop}/tasks", params={"task_name": "HO"}).json()["total"] == 1
    assert server.http.delete(f"/v2/tasks/{task_id}").status_code == 200
    assert server.http.post(path, json=body).status_code == 200


def test_an_unknown_rule_set_or_project_has_its_own_code(server: Server, workshop: str) -> None:
    body: dict[str, Any] = {"git_url": URL, "git_branch": "main", "language": ["python"]}
    answer = server.http.post(f"/v2/{new_hex()}/task", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "CC.00050013")
    body["rule_sets"] = [{"language": "python", "ruleset_id": new_hex()}]
    answer = server.http.post(f"/v2/{workshop}/task", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "CC.00050003")
