"""The v1, v3 and v4 operations on check tasks: the same tasks in other words."""

from collections.abc import Callable
from typing import Any

import pytest

from bottega.check.issues.tables import CheckFile
from bottega.check.tasks import credentials
from bottega.check.tasks.families import branch_task
from bottega.check.tasks.tables import CheckTask
from tests.build.harness import Server
from tests.check.tasks.harness import add_issue, add_scan

URL = "git@git.example.com:group/shop.git"


def created(server: Server, project_id: str, name: str = "shop", **more: Any) -> str:
    config = {"repo_type": "GitPub", "language": ["python"], **more}
    body = {"name": name, "project_id": project_id, "repo_url": config.pop("repo_url", URL), "branch": "main"}
    answer = server.http.post("/v3/task", json={**body, "config_template": config})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"httpStatus": "OK", "result": answer.json()["result"], "status": "success"}
    return answer.json()["result"]


def result(server: Server, path: str, **query: Any) -> Any:
    answer = server.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def put(server: Server, path: str, body: Any) -> Any:
    answer = server.http.put(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def info(server: Server, task_id: str) -> Any:
    return result(server, f"/v3/task/{task_id}")


def test_a_task_of_v3_is_the_same_in_all_families(server: Server, workshop: str) -> None:
    task_id = created(server, workshop, include_paths="src", exclude_dir="src/gen")
    shown = info(server, task_id)
    assert {key: shown[key] for key in ("id", "taskName", "branchName", "avastarType", "jobStatus")} == {
        "id": task_id,
        "taskName": "shop",
        "branchName": "main",
        "avastarType": "full",
        "jobStatus": "never_execute",
    }
    assert (shown["includePaths"], shown["ignorePaths"]) == (["src"], ["src/gen"])
    assert server.http.get(f"/v2/{workshop}/tasks").json()["tasks"][0]["task_id"] == task_id
    for path in ("/v1/tasks", "/v2/tasks", "/v2/tasks/"):
        assert [one["id"] for one in result(server, path, project_id=workshop)["info"]] == [task_id]
    posted = server.http.post("/v2/tasks", json={"project_id": workshop, "search": "SHO"}).json()["result"]
    assert (posted["total"], posted["info"][0]["name"]) == (1, "shop")


def test_a_deleted_task_is_found_by_no_family(server: Server, workshop: str) -> None:
    task_id = created(server, workshop)
    answer = server.http.delete(f"/v3/task/{task_id}")
    assert answer.content == b'{"httpStatus":"OK","result":true,"status":"success"}'
    for path in (
        f"/v3/task/{task_id}",
        f"/v4/task/{task_id}/check-list",
        f"/v1/tasks/{task_id}/code-gate",
        f"/v4/tasks/{task_id}/all-files",
        f"/v3/{workshop}/tasks/{task_id}/branches",
        f"/v2/{workshop}/tasks/{task_id}/settings",
    ):
        refused = server.http.get(path)
        assert (refused.status_code, refused.json()["error_code"]) == (404, "CC.00050002"), path
    assert result(server, "/v1/tasks", project_id=workshop) == {"total": 0, "info": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a b"}, "name"),
        ({"repo_url": "-x"}, "repo_url"),
        ({"branch": ".."}, "branch"),
        ({"project_id": "x"}, "project_id"),
        ({"config_template": {"repo_type": "svn"}}, "config_template.repo_type"),
        ({"config_template": {}}, "config_template.language"),
    ],
)
def test_what_v3_refuses_is_named_as_v3_names_it(
    server: Server, workshop: str, body: dict[str, Any], field: str
) -> None:
    good = {"name": "x", "project_id": workshop, "repo_url": URL, "branch": "main"}
    good["config_template"] = {"language": ["go"]}  # type: ignore[assignment]
    refused = server.http.post("/v3/task", json={**good, **body})
    assert (refused.status_code, refused.json()["error_msg"].partition(": ")[0]) == (400, field)


def test_lists_are_filtered_by_what_the_newest_check_said(server: Server, workshop: str) -> None:
    database = server.services.database
    states = {"passed": ("success", "success"), "failed": ("success", "error"), "broken": ("failed", "")}
    ids = {name: created(server, workshop, name) for name in (*states, "running", "never")}
    for name, (state, gate) in states.items():
        add_scan(database, ids[name], state="aborted")
        add_scan(database, ids[name], state=state, gate=gate)
    add_scan(database, ids["running"], state="storing", finished_at=None)

    def listed(**query: str) -> set[str]:
        return {one["name"] for one in result(server, "/v1/tasks", project_id=workshop, **query)["info"]}

    assert listed(job_status_types="success") == {"passed", "failed"}
    assert listed(job_status_types="executing,never_execute") == {"running", "never"}
    assert listed(job_status_types="aborted") == set()
    assert listed(review_result_types="error") == {"failed"}
    ordered = result(server, "/v1/tasks", project_id=workshop, order_by_execute_time="true", page_size=1)
    assert (ordered["total"], ordered["info"][0]["name"]) == (5, "running")
    shown = next(one for one in result(server, "/v1/tasks")["info"] if one["name"] == "failed")
    assert (shown["status"], shown["reviewResult"]) == ("success", "error")
    assert server.http.get("/v1/tasks", params={"job_status_types": "lost"}).status_code == 400


def test_a_family_is_listed_by_kind(server: Server, workshop: str) -> None:
    task_id = created(server, workshop)
    with server.services.database.write() as session:
        root = session.get_one(CheckTask, task_id)
        dev = branch_task(session, root, "dev").id
        branch_task(session, root, "v1", kind="tag")
    config = {"parent_task_id": dev, "merge_id": "7", "title": "Better", "git_target_branch": "main"}
    body = {"git_url": URL, "git_branch": "feature", "language": ["python"], "task_type": "inc"}
    merge = server.http.post(f"/v2/{workshop}/task", json={**body, "inc_config": config}).json()["task_id"]

    def listed(kind: str, of: str = task_id, **query: str) -> list[str]:
        found = result(server, f"/v4/task/{of}/check-list", check_type=kind, **query)
        assert found["total"] == len(found["list"])
        return [one["taskId"] for one in found["list"]]

    assert listed("branch") == [task_id, dev] == listed("branch", of=merge)
    assert listed("branch", search="DE") == [dev]
    assert len(listed("tag")) == 1
    assert listed("mr", time_start="2020-01-01T00:00:00Z") == [merge]
    assert listed("mr", time_end="2020-01-01T00:00:00Z") == []
    assert listed("cr") == []
    (item,) = result(server, f"/v4/task/{task_id}/check-list", check_type="mr")["list"]
    shown = {key: item[key] for key in ("mergeId", "title", "sourceBranch", "targetBranch")}
    assert shown == {"mergeId": "7", "title": "Better", "sourceBranch": "feature", "targetBranch": "main"}
    assert info(server, merge)["mergeId"] == "7"
    branches = server.http.get(f"/v3/{workshop}/tasks/{dev}/branches").json()
    assert [(one["git_branch"], one["is_default"]) for one in branches["info"]] == [
        ("main", True),
        ("dev", False),
    ]
    # The root goes, and takes all of them with it.
    assert server.http.delete(f"/v3/task/{task_id}").status_code == 200
    assert {server.http.get(f"/v3/task/{one}").status_code for one in (dev, merge)} == {404}


def test_single_settings_are_changed_and_shown(server: Server, workshop: str) -> None:
    task_id = created(server, workshop)
    done = put(server, "/v1/task/check-mode", {"id": task_id, "mrCheckMode": 0})
    assert done == {"httpStatus": "OK", "result": "更新检查模式配置成功", "status": "success"}
    hooks = put(server, f"/v4/tasks/{task_id}/webhook", {"is_set_push_webhook": True})
    assert hooks == {"result": "CodeArts Repo 集成设置更新成功"}
    switch = f"/v1/tasks/{task_id}/owner-matching-switch"
    assert result(server, switch) == {"enabled": True}
    put(server, switch, {"enabled": False})
    assert result(server, switch) == {"enabled": False}
    pool = f"/v1/tasks/{task_id}/resource-pool"
    assert result(server, pool) == {"resource_pool_id": "", "resource_pool_type": "default"}
    put(server, pool, {"resource_pool_id": "big", "resource_pool_type": "custom"})
    assert result(server, pool) == {"resource_pool_id": "big", "resource_pool_type": "custom"}
    shown = info(server, task_id)
    assert (shown["mrCheckMode"], shown["isSetMrWebhook"], shown["isSetPushWebhook"]) == (0, False, True)
    for path, body in (
        ("/v1/task/check-mode", {"id": task_id, "mrCheckMode": 3}),
        (f"/v2/pipeline-task/{task_id}", {"full_check_mode": 2}),
        (f"/v2/pipeline-task/{task_id}", {"repo_type": "svn"}),
        (pool, {"resource_pool_id": "a b"}),
    ):
        assert server.http.put(path, json=body).json()["error_code"] == "CC.00050000"


def test_a_token_does_not_follow_a_task_to_another_repository(server: Server, workshop: str) -> None:
    url = "https://git.example.com/group/shop"
    task_id = created(server, workshop, repo_url=url, username="me", access_token="top-secret")
    path = f"/v2/pipeline-task/{task_id}"

    def opened() -> bool:
        with server.services.database.read() as session:
            task = session.get_one(CheckTask, task_id)
            return credentials.of_task(session, server.services.secrets, task) is not None

    assert put(server, path, {"repo_url": f"{url}.git", "full_check_mode": 1}) is None
    assert opened()
    assert (info(server, task_id)["repoUrl"], info(server, task_id)["checkMode"]) == (f"{url}.git", 1)
    put(server, path, {"repo_url": "https://evil.example.com/group/shop"})
    assert not opened()
    assert "top-secret" not in server.http.get(f"/v3/task/{task_id}").text


def test_files_are_ignored_by_v4_as_by_v2(server: Server, workshop: str) -> None:
    task_id = created(server, workshop)
    add_scan(server.services.database, task_id, files=["src/a.py", "src/b.js", "x.py"])
    nodes = [{"name": "a.py", "file_path": "src/a.py", "is_leaf": True, "checkbox_status": "all"}]
    assert "result" in put(server, f"/v4/task/{task_id}/ignore-files", {"nodes": nodes})
    files = f"/v4/tasks/{task_id}/all-files"

    def states(**query: str) -> dict[str, str]:
        return {
            one["file_path"]: one["checkbox_status"]
            for one in server.http.get(files, params=query).json()["data"]
        }

    assert states() == {"src": "half", "x.py": "unchecked"}
    assert states(file_path="src") == {"src/a.py": "all", "src/b.js": "unchecked"}
    assert states(file_path="src/a.py", get_son="false") == {"src/a.py": "all"}
    ignored = server.http.get(f"/v4/tasks/{task_id}/file-list").json()
    assert [one["file_path"] for one in ignored["data"]] == ["src/a.py"]
    assert result(server, f"/v1/tasks/{task_id}/detect-language") == ["PYTHON", "JAVASCRIPT"]


def test_branches_are_those_of_the_repository(
    server: Server, workshop: str, make_repository: Callable[[], Any]
) -> None:
    repository = make_repository()
    repository.commit("first", **{"a.py": ""})
    config = {"name": "own", "project_id": workshop, "repo_url": repository.url, "branch": "master"}
    body = {**config, "config_template": {"language": ["python"]}}
    task_id = server.http.post("/v3/task", json=body).json()["result"]
    path = f"/v4/tasks/{task_id}/branches"
    assert server.http.get(path).json() == {"data": ["master"], "total": 1}
    assert server.http.get(path, params={"is_uncreated_only": "true"}).json() == {"data": [], "total": 0}
    repositories = server.http.get("/v4/codehub/repo-list", params={"project_id": workshop}).json()
    assert (
        repositories["data"] == [{"repo_name": "repository", "repo_url": repository.url}]
        or repositories["total"] == 1
    )


def test_languages_of_a_repository_nobody_can_read_are_not_told(server: Server, workshop: str) -> None:
    task_id = created(server, workshop, repo_url="file:///nowhere/at/all")
    refused = server.http.get(f"/v1/tasks/{task_id}/detect-language")
    assert (refused.status_code, refused.json()["error_msg"].partition(": ")[0]) == (400, "git_url")


def test_a_gate_further_up_goes_before_one_below(server: Server, workshop: str) -> None:
    task_id = created(server, workshop)
    gate = f"/v1/tasks/{task_id}/code-gate"

    def body(value: int, **more: Any) -> dict[str, Any]:
        return {
            "reviewData": [{"name": "致命问题数", "compareType": "≤", "isCheck": 1, "value": value}],
            **more,
        }

    def holding() -> tuple[str, int]:
        found = result(server, gate)
        return found["level"], found["reviewData"][0]["value"]

    assert holding() == ("", 0)
    done = put(server, "/v1/task/code-gate", {"id": task_id, **body(1, coverage=True)})
    assert done == {"httpStatus": "OK", "result": "更新门禁配置成功", "status": "success"}
    assert holding() == ("task", 1)
    put(server, "/v1/task/code-gate", {"id": task_id, **body(1)})
    assert result(server, gate)["coverage"] is True
    project = f"/v1/gates/projects/{workshop}"
    assert result(server, project) is None
    put(server, project, body(2))
    assert holding() == ("project", 2)
    put(server, "/v1/gates/tenant", body(3))
    assert holding() == ("tenant", 3)
    assert result(server, "/v1/gates/tenant")["reviewData"][1] == {
        "name": "严重问题数",
        "value": 0,
        "compareType": "≤",
        "isCheck": 0,
    }
    for path in ("/v1/gates/tenant", project):
        assert server.http.delete(path).json()["result"] is None
    assert holding() == ("task", 1)


@pytest.mark.parametrize(
    "line",
    [
        {"name": "bugs", "value": 1},
        {"name": "critical", "value": -1},
        {"name": "critical", "value": 2**31},
        {"name": "critical", "value": 1, "compareType": "≥"},
        {"name": "critical", "value": 1, "isCheck": 2},
    ],
)
def test_a_gate_that_cannot_be_is_refused(server: Server, workshop: str, line: dict[str, Any]) -> None:
    task_id = created(server, workshop)
    refused = server.http.put("/v1/task/code-gate", json={"id": task_id, "reviewData": [line]})
    assert (refused.status_code, refused.json()["error_msg"].startswith("reviewData[0].")) == (400, True)
    assert result(server, f"/v1/tasks/{task_id}/code-gate")["level"] == ""


def test_what_bottega_does_not_have_is_told(server: Server, workshop: str) -> None:
    task_id = created(server, workshop)
    cron = result(server, f"/v1/tasks/{task_id}/taskcron")
    assert (cron["taskId"], cron["enabled"], cron["crons"]) == (task_id, False, [])
    assert result(server, f"/v1/tasks/{task_id}/pre-check-script") == ""
    assert result(server, "/v1/vpcep-authorization", task_id=task_id) is False
    empty = {"data": [], "total": 0}
    assert server.http.get(f"/v4/projects/{workshop}/task-groups").json() == empty
    assert "PYTHON" in result(server, "/v2/excute/language/all")
    package = result(server, "/v4/tenant/tenant-package-status")
    assert package == {"status": "normal", "task_count": 1, "task_limit": 50_000}


def test_sums_are_of_the_tasks_the_caller_may_see(server: Server, workshop: str) -> None:
    database, task_id = server.services.database, created(server, workshop)
    assert result(server, "/v1/tasks/code-sum-measures") == {"codeLineCountSum": 0, "defectCountSum": 0}
    add_issue(database, task_id, add_scan(database, task_id))
    with database.write() as session:
        session.add(CheckFile(task_id=task_id, path="a.py", language="PYTHON", metrics={"code": 12}))
    assert result(server, "/v1/tasks/code-sum-measures") == {"codeLineCountSum": 12, "defectCountSum": 1}
    with server.caller("bob") as bob:
        assert bob.get("/v1/tasks/code-sum-measures").json()["result"]["codeLineCountSum"] == 0
        assert bob.get("/v1/tasks").json()["result"]["total"] == 0


def test_templates_are_tasks_that_say_so(server: Server, workshop: str) -> None:
    created(server, workshop)
    body = {"name": "pattern", "project_id": workshop, "repo_url": URL, "branch": "main", "is_template": True}
    task_id = server.http.post("/v3/task", json={**body, "config_template": {"language": ["go"]}}).json()[
        "result"
    ]
    found = server.http.get("/v4/template-tasks", params={"project_id": workshop}).json()
    assert (found["total"], found["data"][0]["taskId"]) == (1, task_id)
