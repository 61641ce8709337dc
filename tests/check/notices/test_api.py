"""How it is chosen what is told of checks: switches of tasks and projects, robots and webhooks."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bottega.audit.tables import AuditEvent
from bottega.check.notices.hooks import MAX_HOOKS, HookChange
from bottega.check.tasks.families import branch_task
from bottega.check.tasks.tables import CheckTask
from bottega.errors import Forbidden
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.projects.roles import DEVELOPER, TESTER
from tests.build.harness import Server
from tests.build.notices.conftest import add_user
from tests.check.scans.checks import new_task
from tests.support.http_sink import Reply, http_sink

URL = "https://git.example.com/group/project.git"
PROJECT = "/v2/transmission/notification"
DEFAULTS = {
    "executeTask": {"sendMail": False, "sendMessage": True},
    "executeTaskFailed": {"sendMail": True, "sendMessage": True},
    "codeGateFailed": {"sendMail": True, "sendMessage": True},
}
BY_DEFAULT = {"sendMail": "default", "sendMessage": "default"}
HOOK = "https://hooks.example.com/services/token-0123456789"
MASKED = "https://hooks.example.com/services/******"


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server, workshop, URL)


def call(server: Server, method: str, path: str, status: int = 200, **options: Any) -> Any:
    answer = server.http.request(method, path, **options)
    assert answer.status_code == status, answer.text
    return answer.json()


def of_task(server: Server, task_id: str, body: Any = None) -> dict[str, Any]:
    method = "GET" if body is None else "PUT"
    return call(server, method, f"/v1/task/notification/{task_id}", json=body)["result"]


def of_project(server: Server, project_id: str, body: Any = None, **query: str) -> dict[str, Any]:
    method = "GET" if body is None else "PUT"
    return call(server, method, PROJECT, params={"project_id": project_id, **query}, json=body)


def hooks(server: Server, task_id: str) -> list[dict[str, Any]]:
    listed = call(server, "GET", f"/v4/tasks/{task_id}/task-webhook-info")
    assert listed["total"] == len(listed["data"])
    return listed["data"]


def add_hook(server: Server, task_id: str, **body: Any) -> dict[str, Any]:
    path = f"/v4/tasks/{task_id}/task-webhook-info"
    return call(server, "POST", path, json={"webhookUrl": HOOK, **body})["result"]


def test_where_nothing_was_set_the_defaults_hold(server: Server, workshop: str, task_id: str) -> None:
    shown = of_task(server, task_id)
    assert shown == {event: {**on, "level": BY_DEFAULT} for event, on in DEFAULTS.items()}
    project = of_project(server, workshop, is_check_project="1")
    assert project["executeTask"] == {
        "eventType": "taskExecuteCompleted",
        "sendMail": 0,
        "sendMessage": 1,
        "level": BY_DEFAULT,
    }
    assert project["executeTaskFailed"]["eventType"] == "taskExecuteFailed"
    assert project["codeGateFailed"]["eventType"] == "codeGateFailed"
    assert call(server, "GET", PROJECT) == project


def test_a_switch_of_the_task_goes_before_that_of_the_project(
    server: Server, workshop: str, task_id: str
) -> None:
    off = {"sendMail": 0, "sendMessage": 0}
    of_project(server, workshop, {"codeGateFailed": off, "executeTask": {"sendMail": 1}})
    shown = of_task(server, task_id, {"codeGateFailed": {"sendMail": True}})
    assert shown == of_task(server, task_id)
    assert shown["codeGateFailed"] == {
        "sendMail": True,
        "sendMessage": False,
        "level": {"sendMail": "task", "sendMessage": "project"},
    }
    assert shown["executeTask"]["level"] == {"sendMail": "project", "sendMessage": "default"}
    shown = of_task(server, task_id, {})
    assert shown["codeGateFailed"]["level"] == {"sendMail": "project", "sendMessage": "project"}
    of_project(server, workshop, {"codeGateFailed": {"sendMail": None}})
    assert of_task(server, task_id)["codeGateFailed"]["level"] == BY_DEFAULT


def test_a_family_has_one_setting(server: Server, task_id: str) -> None:
    with server.services.database.write() as session:
        branch_id = branch_task(session, session.get_one(CheckTask, task_id), "dev").id
    shown = of_task(server, branch_id, {"executeTask": {"sendMessage": False}})
    assert shown == of_task(server, task_id)
    made = add_hook(server, branch_id)
    assert made["taskId"] == task_id
    assert hooks(server, task_id) == hooks(server, branch_id) == [made]


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        ({}, {"executeTask": {"sendMail": 2}}, "executeTask.sendMail"),
        ({"is_check_project": "2"}, {}, "is_check_project"),
        ({"domain_id": "a" * 32}, {}, "domain_id"),
        ({"project_id": ""}, {}, "project_id"),
    ],
)
def test_switches_that_cannot_be_are_refused_and_change_nothing(
    server: Server, workshop: str, query: dict[str, str], body: dict[str, Any], field: str
) -> None:
    before = of_project(server, workshop)
    params = {"project_id": workshop, **query}
    refused = call(server, "PUT", PROJECT, 400, params=params, json=body)
    assert refused["error_code"] == "CC.00050000"
    assert refused["error_msg"].startswith(field), refused
    assert of_project(server, workshop) == before


def test_who_may_not_change_tasks_chooses_nothing(server: Server, workshop: str, task_id: str) -> None:
    services, alice = server.services, server.callers["alice"]

    def member(name: str, role: int) -> Principal:
        user = add_user(services.database, alice, name)
        services.members.add(alice, workshop, [(user.user_id, role)])
        return msgspec.structs.replace(user, rights=frozenset())

    tester, developer = member("tess", TESTER), member("dora", DEVELOPER)
    for choose, where in (
        (services.check_notices.set_task, task_id),
        (services.check_notices.set_project, workshop),
    ):
        with pytest.raises(Forbidden):
            choose(tester, where, {})
        choose(developer, where, {})
    with pytest.raises(Forbidden):
        services.check_hooks.add(tester, task_id, HookChange(url=HOOK))


def test_a_webhook_is_made_changed_and_removed_and_its_key_is_never_shown(
    server: Server, task_id: str
) -> None:
    made = add_hook(server, task_id, secret="SECsecret0123456789")
    assert made == {
        "id": made["id"],
        "taskId": task_id,
        "webhookUrl": MASKED,
        "status": "on",
        "type": "WEBHOOK",
        "secret": "******",
        "events": ["codeGateFailed", "executeTask", "executeTaskFailed"],
    }
    path = f"/v4/tasks/{task_id}/task-webhook-info/{made['id']}"
    assert call(server, "PUT", path, json=made)["result"] == made
    changed = call(server, "PUT", path, json={"status": "off", "events": ["codeGateFailed"]})["result"]
    assert changed == {**made, "status": "off", "events": ["codeGateFailed"]}
    moved = call(server, "PUT", path, json={"webhookUrl": "https://hooks.example.com/other"})["result"]
    assert moved["secret"] == ""
    robot = {"type": "ding_talk", "webhookUrl": "https://oapi.dingtalk.com/send?access_token=0123456789"}
    robotic = call(server, "PUT", path, json={**robot, "secret": "SEC1"})["result"]
    assert robotic["webhookUrl"] == "https://oapi.dingtalk.com/send?access_token=******"
    assert (robotic["type"], robotic["secret"]) == ("DING_TALK", "******")
    assert call(server, "PUT", path, json={"secret": ""})["result"]["secret"] == ""
    assert call(server, "DELETE", path) == {"result": True}
    assert hooks(server, task_id) == []
    assert call(server, "DELETE", path, 404)["error_msg"].startswith("webhook")
    with server.services.database.read() as session:
        noted = session.scalars(select(AuditEvent).where(AuditEvent.resource_id == task_id)).all()
    assert {one.name for one in noted} == {"createWebhook", "updateWebhook", "deleteWebhook"}
    assert not [one for one in noted if "token-0123456789" in one.detail or "SEC" in one.detail]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"webhookUrl": None}, "webhookUrl"),
        ({"webhookUrl": MASKED}, "webhookUrl"),
        ({"webhookUrl": "ftp://hooks.example.com/"}, "webhookUrl"),
        ({"webhookUrl": "http://169.254.169.254/latest"}, "webhookUrl"),
        ({"type": "MAIL"}, "type"),
        ({"type": "sms"}, "type"),
        ({"status": "maybe"}, "status"),
        ({"secret": "a" * 257}, "secret"),
        ({"type": "WECOM", "secret": "key"}, "secret"),
        ({"events": ["buildJobFail"]}, "events[0]"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(
    server: Server, task_id: str, body: dict[str, Any], field: str
) -> None:
    path = f"/v4/tasks/{task_id}/task-webhook-info"
    refused = call(server, "POST", path, 400, json={"webhookUrl": HOOK, **body})
    assert refused["error_msg"].startswith(f"{field}: ")
    assert hooks(server, task_id) == []


def test_a_task_has_each_address_once_and_only_so_many(server: Server, task_id: str) -> None:
    path = f"/v4/tasks/{task_id}/task-webhook-info"
    made = [add_hook(server, task_id, webhookUrl=f"{HOOK}/{number}") for number in range(MAX_HOOKS)]
    refused = call(server, "POST", path, 400, json={"webhookUrl": HOOK})
    assert "at most 10" in refused["error_msg"]
    same = call(server, "PUT", f"{path}/{made[0]['id']}", 400, json={"webhookUrl": f"{HOOK}/1"})
    assert "the same address" in same["error_msg"]


def test_a_webhook_is_tried_out_with_its_own_key(server: Server, task_id: str) -> None:
    with http_sink() as sink:
        made = add_hook(server, task_id, webhookUrl=sink.url("/hooks/0123456789"), secret="key", status="off")
        path = f"/v4/tasks/{task_id}/task-webhook-info/{made['id']}/test"
        assert call(server, "POST", path) == {"result": True}
        sink.default = Reply(404, b"who?")
        refused = call(server, "POST", path, 400)
    assert refused["error_msg"] == "webhookUrl: 127.0.0.1 answered 404: who?"
    assert "x-bottega-signature" in sink.received[0].headers
    assert sink.received[0].json["event"] == "test"


def test_other_tenants_find_nothing_of_it(server: Server, workshop: str, task_id: str) -> None:
    made = add_hook(server, task_id)
    base = f"/v4/tasks/{task_id}/task-webhook-info"
    with server.caller("bob") as bob:
        answers = [
            bob.get(f"/v1/task/notification/{task_id}"),
            bob.put(f"/v1/task/notification/{task_id}", json={}),
            bob.get(PROJECT, params={"project_id": workshop}),
            bob.put(PROJECT, params={"project_id": workshop}, json={}),
            bob.get(base),
            bob.post(base, json={"webhookUrl": HOOK}),
            bob.put(f"{base}/{made['id']}", json={"status": "off"}),
            bob.post(f"{base}/{made['id']}/test"),
            bob.delete(f"{base}/{made['id']}"),
        ]
    assert {answer.status_code for answer in answers} == {404}
    assert hooks(server, task_id) == [made]
    another = call(server, "DELETE", f"{base}/{new_hex()}", 404)
    assert another["error_code"] == "CC.00050013"
