"""Managers of a task create, list, rotate and delete its webhooks, and look at what came in."""

from typing import Any

import pytest

from bottega.build.hooks.service import MAX_HOOKS
from bottega.build.hooks.tables import Hook
from bottega.iam.principal import Right
from bottega.ids import new_hex, new_uuid
from bottega.store.secrets import SecretBox
from tests.build.harness import Server
from tests.build.hooks.conftest import Hooked
from tests.build.hooks.forges import push
from tests.support.databases import seed_tenant


def test_a_secret_is_shown_once_and_kept_sealed(hooked: Hooked) -> None:
    made = hooked.create(name="forge", branches=["a*"], tags=["v*"])
    assert made["secret"].startswith("whsec_")
    assert made["url"] == f"/hooks/{made['id']}"
    listed = hooked.server.http.get(hooked.path).json()["result"]
    assert listed["total"] == 2
    without = [{key: one[key] for key in one if key != "secret"} for one in (hooked.hook, made)]
    assert sorted(listed["hooks"], key=repr) == sorted(without, key=repr)
    with hooked.server.services.database.read() as session:
        sealed = session.get_one(Hook, made["id"]).sealed_secret
    assert made["secret"].encode() not in sealed


def test_the_url_is_whole_where_the_server_knows_its_own(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooked.server.builds.settings.http, "public_url", "https://build.example.com/")
    made = hooked.create()
    assert made["url"] == f"https://build.example.com/hooks/{made['id']}"


def test_a_hook_is_given_other_patterns_and_keeps_its_secret(hooked: Hooked) -> None:
    path = f"{hooked.path}/{hooked.hook['id']}"
    other = push("refs/heads/release/1")
    assert hooked.sent(other, headers={"X-GitHub-Delivery": "one"})["state"] == "IGNORED"
    changed = hooked.server.http.put(path, json={"branches": ["release/*"], "name": "new"}).json()["result"]
    assert changed == {**hooked.server.http.get(hooked.path).json()["result"]["hooks"][0]}
    assert (changed["name"], changed["branches"], changed["tags"]) == ("new", ["release/*"], [])
    assert hooked.sent(other, headers={"X-GitHub-Delivery": "two"})["state"] == "STARTED"
    # What is left out stays; an empty list leaves it to the task again.
    hooked.server.http.put(path, json={"tags": ["v*"]})
    changed = hooked.server.http.put(path, json={"branches": []}).json()["result"]
    assert (changed["name"], changed["branches"], changed["tags"]) == ("new", [], ["v*"])
    assert hooked.sent(other, headers={"X-GitHub-Delivery": "three"})["state"] == "IGNORED"
    refused = hooked.server.http.put(path, json={"name": "other", "tags": [""]})
    assert (refused.status_code, refused.json()["error_msg"].startswith("tags[0]:")) == (400, True)
    assert hooked.server.http.get(hooked.path).json()["result"]["hooks"][0]["name"] == "new"


def test_a_rotated_secret_is_worth_nothing(hooked: Hooked) -> None:
    path = f"{hooked.path}/{hooked.hook['id']}/rotate"
    new = hooked.server.http.post(path).json()["result"]
    assert new["rotated_at"]
    assert hooked.send().status_code == 404
    assert hooked.send(hook=new).status_code == 202
    own = hooked.server.http.post(path, json={"secret": "a secret of my own"}).json()["result"]
    assert own["secret"] == "a secret of my own"
    assert hooked.send(hook=own).status_code == 202


def test_what_is_looked_at_is_shown(hooked: Hooked) -> None:
    def shown(name: str, **scm: Any) -> dict[str, Any]:
        body = {**hooked.body, "job_name": name, "scms": [{**hooked.scm, **scm}]}
        job_id = hooked.server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
        return hooked.server.http.get(f"/v1/job/{job_id}/hooks").json()["result"]["polling"]

    branch, tags = shown("branch"), shown("tags", build_type="tag")
    assert (branch["ref_type"], branch["branch"], branch["commit_id"]) == ("branch", "master", "")
    assert (tags["ref_type"], tags["branch"], tags["commit_id"]) == ("tag", "", "")
    assert shown("manual", is_auto_build=False) is None


def test_a_deleted_hook_is_gone_with_its_deliveries(hooked: Hooked) -> None:
    hooked.sent()
    path = f"{hooked.path}/{hooked.hook['id']}"
    assert hooked.server.http.delete(path).json()["result"] == {"id": hooked.hook["id"]}
    assert hooked.send().status_code == 404
    assert not hooked.stored
    assert len(hooked.runs) == 1
    assert hooked.server.http.delete(path).status_code == 422


def test_a_task_has_not_too_many_hooks(hooked: Hooked) -> None:
    for _ in range(MAX_HOOKS - 1):
        hooked.create()
    answer = hooked.server.http.post(hooked.path, json={})
    assert answer.status_code == 400
    assert f"{MAX_HOOKS} are allowed" in answer.json()["error_msg"]


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"name": "x" * 129}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"branches": [""]}, "branches[0]"),
        ({"branches": ["x" * 256]}, "branches[0]"),
        ({"tags": ["v*", "a\nb"]}, "tags[1]"),
        ({"tags": ["v"] * 21}, "tags"),
        ({"secret": "short"}, "secret"),
        ({"secret": "é" * 20}, "secret"),
        ({"secret": " " * 20}, "secret"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_its_field(
    hooked: Hooked, choice: dict[str, Any], field: str
) -> None:
    answer = hooked.server.http.post(hooked.path, json=choice)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200")
    assert answer.json()["error_msg"].startswith(f"{field}:")


def test_deliveries_are_listed_newest_first_in_pages(hooked: Hooked) -> None:
    ids = [hooked.sent({}, headers={"X-GitHub-Event": "ping"})["delivery_id"] for _ in range(3)]
    found = hooked.deliveries(limit=2) + hooked.deliveries(offset=2, limit=2)
    assert sorted(one["id"] for one in found) == sorted(ids)
    moments = [one["received_at"] for one in found]
    assert moments == sorted(moments, reverse=True)


def test_a_delivery_is_handled_again_with_the_task_as_it_is_now(hooked: Hooked) -> None:
    first = hooked.sent(push("refs/heads/other"))
    assert first["state"] == "IGNORED"
    scm = {**hooked.scm, "branch": "other"}
    body = {**hooked.body, "job_id": hooked.job_id, "scms": [scm]}
    assert hooked.server.http.post("/v1/job/update", json=body).status_code == 200
    path = f"{hooked.path}/{hooked.hook['id']}/deliveries/{first['delivery_id']}/redeliver"
    again = hooked.server.http.post(path).json()["result"]
    assert (again["state"], again["build_no"]) == ("STARTED", 1)
    assert again["redelivery_of"] == first["delivery_id"]
    assert hooked.server.http.post(path).json()["result"]["build_no"] == 2


def test_what_tells_of_no_push_is_not_handled_again(hooked: Hooked) -> None:
    ping = hooked.sent({}, headers={"X-GitHub-Event": "ping"})
    base = f"{hooked.path}/{hooked.hook['id']}/deliveries"
    assert hooked.server.http.post(f"{base}/{ping['delivery_id']}/redeliver").status_code == 400
    assert hooked.server.http.post(f"{base}/{new_uuid()}/redeliver").status_code == 422


def test_a_delivery_to_one_hook_is_none_of_another(hooked: Hooked) -> None:
    sent = hooked.sent(push("refs/heads/other"))["delivery_id"]
    other = hooked.create()["id"]
    answer = hooked.server.http.post(f"{hooked.path}/{other}/deliveries/{sent}/redeliver")
    assert answer.status_code == 422
    assert hooked.server.http.get(f"{hooked.path}/{other}/deliveries").json()["result"]["deliveries"] == []
    assert [one.id for one in hooked.stored] == [sent]


def test_a_hook_of_another_task_is_not_there(hooked: Hooked, server: Server) -> None:
    body = {**hooked.body, "job_name": "other"}
    job_id = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]
    path = f"/v1/job/{job_id}/hooks/{hooked.hook['id']}"
    assert server.http.post(f"{path}/rotate").status_code == 422
    assert server.http.delete(path).status_code == 422
    assert server.http.put(path, json={}).status_code == 422
    assert server.http.get(f"{path}/deliveries").status_code == 422
    assert server.http.delete(f"/v1/job/{job_id}/hooks/{new_hex()}").status_code == 422


def test_who_may_only_view_or_run_the_task_sees_no_hook(hooked: Hooked, server: Server) -> None:
    alice = server.callers["alice"]
    rights = frozenset({Right.VIEW, Right.EXECUTE})
    viewer = seed_tenant(server.services.database, new_hex(), rights)
    server.callers["viewer"] = type(viewer)(
        tenant_id=alice.tenant_id,
        tenant_name=alice.tenant_name,
        user_id=viewer.user_id,
        user_name="viewer",
        iam_project_id=alice.iam_project_id,
        rights=rights,
    )
    path = f"{hooked.path}/{hooked.hook['id']}"
    with server.caller("viewer") as http:
        answers = [
            http.get(hooked.path),
            http.post(hooked.path, json={}),
            http.post(f"{path}/rotate"),
            http.put(path, json={}),
            http.delete(path),
            http.get(f"{path}/deliveries"),
        ]
    assert {answer.status_code for answer in answers} == {403}


def test_what_managers_do_is_in_the_audit_trail(hooked: Hooked) -> None:
    path = f"{hooked.path}/{hooked.hook['id']}"
    hooked.server.http.post(f"{path}/rotate")
    hooked.server.http.put(path, json={"name": "new"})
    hooked.server.http.delete(path)
    alice = hooked.server.callers["alice"]
    url = f"/v3/{alice.iam_project_id}/traces"
    traces = hooked.server.http.get(url, params={"resource_id": hooked.job_id}).json()["traces"]
    names = [one["trace_name"] for one in traces]
    assert {"createWebhook", "updateWebhook", "rotateWebhook", "deleteWebhook"} <= set(names)


def test_a_purged_task_leaves_no_hook(hooked: Hooked) -> None:
    hooked.sent(push("refs/heads/other"))
    http = hooked.server.http
    http.delete(f"/v1/job/{hooked.job_id}/delete")
    assert http.request("DELETE", "/v1/job/recycling-empty").status_code == 200
    assert not hooked.stored
    assert hooked.send().status_code == 404


def test_a_secret_is_sealed_for_its_own_hook(hooked: Hooked) -> None:
    secrets: SecretBox = hooked.server.services.secrets
    with hooked.server.services.database.read() as session:
        sealed = session.get_one(Hook, hooked.hook["id"]).sealed_secret
    assert secrets.unseal(sealed, f"secret of hook {hooked.hook['id']}") == hooked.hook["secret"]
