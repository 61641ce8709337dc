from huaweicloudsdkcodeartsbuild.v3 import (
    ListJobRequest,
    ListProjectJobsRequest,
    ShowJobInfoRequest,
    ShowJobListByProjectIdRequest,
)

from tests.build.api.test_runs import new_task, record
from tests.build.harness import Server, end_run
from tests.build.permissions.people import LOOKER, colleague


def test_the_project_list_has_both_shapes(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    listed = server.http.get(f"/v1/job/{workshop}/list", params={"page_index": 0, "page_size": 100}).json()
    assert listed["status"] == "success"
    assert listed["result"]["job_list"] == listed["jobs"]
    assert listed["result"]["total"] == listed["total"] == 1
    assert listed["jobs"][0]["id"] == job_id


def test_the_sdk_reads_all_three_lists(server: Server, workshop: str) -> None:
    new_task(server, workshop, "first")
    sdk = server.sdk("alice")
    request = ListProjectJobsRequest(project_id=workshop, page_index=0, page_size=10)
    flat = sdk.list_project_jobs(request)
    assert (flat.total, flat.jobs[0].job_name, flat.jobs[0].is_finished) == (1, "first", True)
    assert (flat.jobs[0].health_score, flat.jobs[0].last_build_status) == (0, "none")
    old = sdk.show_job_list_by_project_id(
        ShowJobListByProjectIdRequest(project_id=workshop, page_index=0, page_size=10)
    )
    assert (old.total, old.jobs[0].id) == (1, flat.jobs[0].id)
    everything = sdk.list_job(ListJobRequest(page_index=0, page_size=10)).result
    assert (everything.total, everything.job_list[0].project_name) == (1, "workshop")


def test_paging_ends_with_an_empty_page(server: Server, workshop: str) -> None:
    names = {f"task-{number}" for number in range(5)}
    for name in names:
        new_task(server, workshop, name)
    pages: list[list[str]] = []
    while not pages or pages[-1]:
        params = {"page_index": len(pages), "page_size": 2}
        listed = server.http.get(f"/v1/job/{workshop}/list", params=params).json()
        pages.append([row["job_name"] for row in listed["result"]["job_list"]])
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    found = [name for page in pages for name in page]
    assert sorted(found) == sorted(names)
    beyond = server.http.get(f"/v3/{workshop}/jobs", params={"page_index": 9, "page_size": 2}).json()
    assert beyond == {"jobs": [], "total": 5}


def test_a_row_shows_the_newest_build_in_the_words_of_lists(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    for state in ("SUCCESS", "FAILURE"):
        number = server.http.post("/v1/job/execute", json={"job_id": job_id}).json()["actual_build_number"]
        end_run(server.builds.database, str(record(server, job_id, number)["id"]), state)
    row = server.http.get("/v1/job/list").json()["result"]["job_list"][0]
    assert (row["last_build_status"], row["last_job_running_status"], row["build_number"]) == (
        "red",
        "Finished",
        "2",
    )
    assert (row["health_score"], row["is_finished"], row["trigger_type"]) == (50, True, "Manual")
    assert (row["build_time"], row["task_id"][:1], row["last_build_user"]) == (5000, "#", "admin")
    info = server.sdk("alice").show_job_info(ShowJobInfoRequest(job_id=job_id)).result
    assert (info.last_build_status, info.running_status, info.health_score) == ("failure", "Finished", 50)
    assert (info.id, info.project_id, info.build_time, info.new_build) == (job_id, workshop, "0.08", False)


def test_the_filters_of_the_project_list(server: Server, workshop: str) -> None:
    answer = server.http.post(f"/v1/job/{workshop}/group/create", json={"name": "shop"})
    group = answer.json()["result"][0]["id"]
    first = new_task(server, workshop, "shop-build", group_id=group)
    new_task(server, workshop, "shop_test")
    server.http.post("/v1/job/execute", json={"job_id": first})
    creator = server.callers["alice"].user_id
    cases = [
        ({"search": "SHOP"}, {"shop-build", "shop_test"}),
        ({"search": "p_"}, {"shop_test"}),
        ({"search": "%"}, set[str]()),
        ({"creator_id": creator}, {"shop-build", "shop_test"}),
        ({"creator_id": "0" * 32}, set[str]()),
        ({"build_status": "building"}, {"shop-build"}),
        ({"build_status": "none"}, {"shop_test"}),
        ({"build_status": "blue"}, set[str]()),
        ({"by_group": "true", "group_path_id": f"{'b' * 32}.{group}"}, {"shop-build"}),
        ({"by_group": "false", "group_path_id": group}, {"shop-build", "shop_test"}),
        ({"by_group": "true"}, {"shop-build", "shop_test"}),
        ({"by_group": "true", "group_path_id": "b" * 32}, set[str]()),
    ]
    for filters, expected in cases:
        listed = server.http.get(f"/v1/job/{workshop}/list", params={"page_size": 10, **filters}).json()
        assert {row["job_name"] for row in listed["jobs"]} == expected, filters
        assert listed["total"] == len(expected)


def test_the_order_of_lists(server: Server, workshop: str) -> None:
    jobs = {name: new_task(server, workshop, name) for name in ("b", "a", "c")}
    server.http.post("/v1/job/execute", json={"job_id": jobs["a"]})

    def names(**order: str) -> list[str]:
        rows = server.http.get("/v1/job/list", params=order).json()["result"]["job_list"]
        return [row["job_name"] for row in rows]

    assert names(sort_field="job_name", sort_order="ASC") == ["a", "b", "c"]
    assert names(sort_field="job_name", sort_order="desc") == ["c", "b", "a"]
    assert names(sort_field="last_build_time")[0] == "a"
    assert sorted(names()) == ["a", "b", "c"]


def test_lists_refuse_what_they_cannot_do(server: Server, workshop: str) -> None:
    for params, field in (
        ({"page_size": "101"}, "page_size"),
        ({"page_size": "0"}, "page_size"),
        ({"page_index": "-1"}, "page_index"),
        ({"page_index": "x"}, "page_index"),
        ({"sort_field": "colour"}, "sort_field"),
        ({"sort_order": "UP"}, "sort_order"),
        ({"build_status": "green"}, "build_status"),
    ):
        for path in ("/v1/job/list", f"/v1/job/{workshop}/list"):
            answer = server.http.get(path, params=params)
            assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200")
            assert field in answer.json()["error_msg"]


def test_another_tenants_project_is_an_unknown_one(server: Server, workshop: str) -> None:
    new_task(server, workshop)
    bob = server.caller("bob")
    for path in ("/v1/job/{}/list", "/v3/{}/jobs"):
        foreign = bob.get(path.format(workshop), params={"page_index": 0, "page_size": 10})
        missing = bob.get(path.format("f" * 32), params={"page_index": 0, "page_size": 10})
        assert foreign.status_code == missing.status_code == 422
        assert foreign.text.replace(workshop, "ID") == missing.text.replace("f" * 32, "ID")
    assert bob.get("/v1/job/list").json()["result"] == {"total": 0, "job_list": []}
    bob.close()


def test_flags_follow_the_rights_of_the_caller(server: Server, workshop: str) -> None:
    new_task(server, workshop)
    server.callers["viewer"] = colleague(server.builds.database, server.callers["alice"], "viewer", LOOKER)
    client = server.caller("viewer")
    row = client.get("/v1/job/list").json()["result"]["job_list"][0]
    assert row["is_view"] is True
    assert not any(row[name] for name in ("is_modify", "is_delete", "is_execute", "is_copy", "is_forbidden"))
    for answer in (
        client.post(
            "/v1/job/create", json={"arch": "arm", "project_id": workshop, "job_name": "x", "steps": []}
        ),
        client.post("/v1/job/execute", json={"job_id": row["id"]}),
        client.post(f"/v1/job/{row['id']}/stop"),
        client.delete(f"/v1/job/{row['id']}/delete"),
    ):
        assert answer.status_code == 403
    client.close()
