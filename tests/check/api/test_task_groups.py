"""Groups of check tasks over HTTP."""

import httpx
import pytest

from bottega.check.tasks.families import branch_task
from bottega.check.tasks.tables import CheckTask, CheckTaskGroup
from bottega.projects.service import ProjectService
from tests.build.harness import Server
from tests.check.making import new_task


@pytest.fixture
def path(workshop: str) -> str:
    return f"/v4/projects/{workshop}/task-groups"


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server.services.database, server.callers["alice"], workshop)


def create(server: Server, path: str, name: str = "ours") -> str:
    answer = server.http.post(path, json={"name": name})
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["id"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_msg"].partition(":")[0]


def test_tasks_are_put_into_groups_and_listed_by_them(
    server: Server, workshop: str, path: str, task_id: str
) -> None:
    group_id, other = create(server, path), create(server, path, "others")
    moved = server.http.post(f"{path}/move", json={"group_id": group_id, "task_ids": [task_id, task_id]})
    assert moved.json() == {"result": True}
    assert [(one["name"], one["task_count"]) for one in server.http.get(path).json()["data"]] == [
        ("others", 0),
        ("ours", 1),
    ]
    listed = server.http.get("/v1/tasks", params={"task_classification_id": group_id}).json()["result"]
    assert [(one["id"], one["taskClassificationId"]) for one in listed["info"]] == [(task_id, group_id)]
    assert (
        server.http.get("/v1/tasks", params={"task_classification_id": other}).json()["result"]["total"] == 0
    )
    server.http.post(f"{path}/move", json={"group_id": "", "task_ids": [task_id]})
    assert {one["task_count"] for one in server.http.get(path).json()["data"]} == {0}


def test_a_group_that_goes_leaves_its_tasks(server: Server, path: str, task_id: str) -> None:
    group_id = create(server, path)
    server.http.post(f"{path}/move", json={"group_id": group_id, "task_ids": [task_id]})
    assert server.http.put(f"{path}/{group_id}", json={"name": "mine"}).json() == {"result": True}
    assert server.http.get(path).json()["data"][0]["name"] == "mine"
    assert server.http.delete(f"{path}/{group_id}").json() == {"result": True}
    assert server.http.get(path).json() == {"data": [], "total": 0}
    with server.services.database.read() as session:
        assert session.get_one(CheckTask, task_id).group_id == ""
    moved = server.http.post(f"{path}/move", json={"group_id": group_id, "task_ids": [task_id]})
    assert moved.status_code == 404


def test_what_cannot_be_grouped_is_refused_and_changes_nothing(
    server: Server, workshop: str, path: str, task_id: str
) -> None:
    group_id = create(server, path)
    assert refusal(server.http.post(path, json={"name": "ours"})) == (400, "name")
    assert refusal(server.http.post(path, json={"name": "a b"})) == (400, "name")
    assert refusal(server.http.put(f"{path}/{create(server, path, 'two')}", json={"name": "ours"})) == (
        400,
        "name",
    )
    with server.services.database.write() as session:
        root = session.get_one(CheckTask, task_id)
        branch_id = branch_task(session, root, "dev").id
    for tasks, status in (([], 400), ([task_id, branch_id], 404), ([task_id, "0" * 32], 404), (["x"], 400)):
        moved = server.http.post(f"{path}/move", json={"group_id": group_id, "task_ids": tasks})
        assert moved.status_code == status
    assert {one["task_count"] for one in server.http.get(path).json()["data"]} == {0}
    with server.caller("bob") as bob:
        assert bob.get(path).status_code == 404


def test_a_project_takes_its_groups_with_it(server: Server, workshop: str, path: str) -> None:
    group_id = create(server, path)
    projects: ProjectService = server.services.projects
    projects.delete(server.callers["alice"], workshop)
    with server.services.database.read() as session:
        assert session.get(CheckTaskGroup, group_id) is None
