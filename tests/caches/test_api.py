"""Listing and clearing the caches of a build task over HTTP."""

from bottega.ids import new_hex
from tests.artifacts.making import Build, new_task
from tests.build.harness import Server
from tests.caches.leaving import KEY, OTHER_KEY, ask, caches, leave
from tests.support.databases import seed_project


def test_the_list_says_what_builds_have_left_used_last_first(server: Server, workshop: str) -> None:
    task_id = new_task(server, workshop)
    build = Build(server, task_id)
    leave(build, "maven", KEY, b"jars")
    leave(build, "npm", OTHER_KEY, b"packages")
    assert ask(build) == (b"jars", KEY)
    first, second = caches(server, task_id)
    assert (first["tool"], second["tool"]) in {("maven", "npm"), ("npm", "maven")}
    maven = first if first["tool"] == "maven" else second
    assert (maven["key"], maven["size"], maven["build_no"], maven["scope"]) == (KEY, 4, 1, "task")
    assert maven["created_at"] <= maven["used_at"]
    assert caches(server, new_task(server, workshop, "other")) == []


def test_caches_are_cleared_by_tool_or_all_at_once(server: Server, workshop: str) -> None:
    task_id = new_task(server, workshop)
    build = Build(server, task_id)
    for tool in ("maven", "npm", "go"):
        leave(build, tool)
    other = Build(server, new_task(server, workshop, "other"))
    leave(other)
    for query, deleted, left in (({"tool": "npm"}, 1, 2), ({"tool": "npm"}, 0, 2), ({}, 2, 0)):
        answer = server.http.delete("/v1/caches", params={"job_id": task_id, **query})
        assert (answer.status_code, answer.json()["result"]) == (200, {"deleted": deleted})
        assert len(caches(server, task_id)) == left
    assert ask(build) == (b"", "")
    assert ask(other) == (b"content", KEY)


def test_strangers_and_nonsense_are_refused(server: Server, workshop: str) -> None:
    task_id = new_task(server, workshop)
    leave(Build(server, task_id))
    with server.caller("bob") as bob:
        for method in ("GET", "DELETE"):
            assert bob.request(method, "/v1/caches", params={"job_id": task_id}).status_code == 422
    for params in ({}, {"job_id": "x"}, {"job_id": task_id, "tool": "\0"}):
        assert server.http.delete("/v1/caches", params=params).status_code == 400
    assert server.http.get("/v1/caches", params={"job_id": new_hex()}).status_code == 422
    assert server.http.get("/agent/caches", params={"tool": "maven", "key": KEY}).status_code == 403
    assert len(caches(server, task_id)) == 1


def test_a_deleted_projects_caches_go_with_it(server: Server) -> None:
    project_id = seed_project(server.services.database, server.callers["alice"], "gone")
    task_id = new_task(server, project_id)
    build = Build(server, task_id)
    leave(build)
    build.end()
    with server.services.database.write() as session:
        server.services.caches.forget_project(session, server.callers["alice"], project_id)
    assert caches(server, task_id) == []
