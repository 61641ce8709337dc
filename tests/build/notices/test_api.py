"""The six operations over HTTP, with the official SDK and without it."""

import json
from typing import Any

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    CheckWebhookUrlRequest,
    CheckWebhookUrlRequestBody,
    DisableNoticeRequest,
    ListNoticeRequest,
    ShowJobNoticeConfigInfoRequest,
    UpdateNewNoticeNewRequest,
    UpdateNoticeRequest,
    UpdateNoticeRequestBody,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from bottega.notify.service import sender_of, tls_of
from bottega.settings import Settings
from tests.build.api.test_contract import missing
from tests.build.api.test_runs import new_task
from tests.build.harness import Server
from tests.support.http_sink import Reply, http_sink

EVENTS = ["buildJobFail", "buildJobSuccess", "deleteJob", "forbiddenJob", "updateConfigJob"]


def by_channel(items: list[Any]) -> dict[str, dict[str, bool]]:
    return {item.notice_type: item.enable_map for item in items}


def test_the_sdk_reads_the_defaults_in_both_generations(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    sdk = server.sdk("alice")
    first = sdk.show_job_notice_config_info(ShowJobNoticeConfigInfoRequest(job_id=job_id))
    second = sdk.list_notice(ListNoticeRequest(job_id=job_id))
    assert (first.status, first.error, second.status) == ("success", None, "success")
    shown = by_channel(first.result)
    assert shown == by_channel(second.result)
    assert list(shown) == ["DING_TALK", "MAIL", "MESSAGE", "WECOM"]
    assert all(list(events) == EVENTS for events in shown.values())
    assert shown["MAIL"] == {event: event == "buildJobFail" for event in EVENTS}
    assert all(shown["MESSAGE"].values())
    assert not any({**shown["DING_TALK"], **shown["WECOM"]}.values())


def test_the_sdk_changes_a_channel_in_v1(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    sdk = server.sdk("alice")
    body = UpdateNoticeRequestBody(
        notice_type="MAIL",
        enabled_event_type_names=["deleteJob"],
        send_switch="true",
        param_config="",
        use_project_notice="false",
    )
    answer = sdk.update_new_notice_new(UpdateNewNoticeNewRequest(job_id=job_id, body=body))
    assert (answer.result, answer.error, answer.status) == (job_id, None, "success")
    shown = sdk.show_job_notice_config_info(ShowJobNoticeConfigInfoRequest(job_id=job_id)).result
    assert by_channel(shown)["MAIL"] == {event: event == "deleteJob" for event in EVENTS}


def test_the_sdk_changes_and_disables_a_channel_in_v3(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    sdk = server.sdk("alice")
    body = UpdateNoticeRequestBody(notice_type="message", enabled_event_type_names=["buildJobFail"])
    answer = sdk.update_notice(UpdateNoticeRequest(job_id=job_id, body=body))
    assert (answer.status, job_id in str(answer.result)) == ("success", True)
    answer = sdk.disable_notice(DisableNoticeRequest(job_id=job_id, notice_type="Mail"))
    assert (answer.status, job_id in str(answer.result)) == ("success", True)
    shown = by_channel(sdk.list_notice(ListNoticeRequest(job_id=job_id)).result)
    assert [event for event in EVENTS if shown["MESSAGE"][event]] == ["buildJobFail"]
    assert not any(shown["MAIL"].values())


def test_the_sdk_checks_a_webhook(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    sdk = server.sdk("alice")
    with http_sink() as sink:
        url = sink.url("/robot/send?access_token=0123456789")
        body = CheckWebhookUrlRequestBody(job_id=job_id, notice_type="DING_TALK", webhook_url=url)
        answer = sdk.check_webhook_url(CheckWebhookUrlRequest(body=body))
        assert (answer.status, answer.error) == ("success", None)
        sink.default = Reply(body=b'{"errcode": 300005, "errmsg": "token is not exist"}')
        with pytest.raises(ClientRequestException) as refused:
            sdk.check_webhook_url(CheckWebhookUrlRequest(body=body))
    assert (refused.value.status_code, refused.value.error_code) == (400, "CB.00060200")
    assert refused.value.error_msg == "webhook_url: the robot answered 300005 token is not exist"
    assert len(sink.received) == 2


def test_answers_have_all_fields_of_the_contract(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    for path, model in (
        (f"/v1/job/{job_id}/notice", "ShowJobNoticeConfigInfoResponse"),
        (f"/v3/jobs/notice/{job_id}/query", "ListNoticeResponse"),
    ):
        assert missing(model, server.http.get(path).json()) == []
    body = {"notice_type": "MAIL", "enabled_event_type_names": []}
    assert server.http.put(f"/v1/job/{job_id}/notice", json=body).json() == {
        "result": job_id,
        "error": None,
        "status": "success",
    }
    expected = {"result": {"job_id": job_id}, "error": None, "status": "success"}
    assert server.http.post(f"/v3/jobs/notice/{job_id}/update", json=body).json() == expected
    disable = f"/v3/jobs/notice/{job_id}/disable"
    assert server.http.post(disable, params={"notice_type": "MAIL"}).json() == expected
    with http_sink() as sink:
        check = {"job_id": job_id, "notice_type": "WEBHOOK", "webhook_url": sink.url()}
        answer = server.http.post("/v1/job/check/webhook-url", json=check).json()
    assert answer == {"error": None, "status": "success"}


def test_both_generations_show_one_state(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    config = json.dumps({"webhook_url": "http://127.0.0.1:1/x/0123456789", "secret": "s-0123456789"})
    body = {"notice_type": "webhook", "enabled_event_type_names": ["deleteJob"], "param_config": config}
    server.http.post(f"/v3/jobs/notice/{job_id}/update", json=body)
    first = server.http.get(f"/v1/job/{job_id}/notice").json()
    assert first == server.http.get(f"/v3/jobs/notice/{job_id}/query").json()
    (webhook,) = [item for item in first["result"] if item["notice_type"] == "WEBHOOK"]
    assert json.loads(webhook["param_config"]) == {
        "webhook_url": "http://127.0.0.1:1/x/******",
        "secret": "******",
    }


def test_switches_may_be_text_or_booleans(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    path = f"/v1/job/{job_id}/notice"
    body = {"notice_type": "MESSAGE", "enabled_event_type_names": EVENTS}
    for off, on in (("false", "true"), ("FALSE", "True"), (False, True)):
        switched_off = {**body, "send_switch": off, "use_project_notice": off}
        assert server.http.put(path, json=switched_off).status_code == 200
        assert not any(server.http.get(path).json()["result"][2]["enable_map"].values())
        assert server.http.put(path, json={**body, "use_project_notice": on}).status_code == 200
        assert all(server.http.get(path).json()["result"][2]["enable_map"].values())


UPDATE: dict[str, Any] = {"notice_type": "MAIL", "enabled_event_type_names": []}


BAD: list[dict[str, Any]] = [
    {"notice_type": None},
    {"notice_type": "\x00"},
    {"enabled_event_type_names": None},
    {"enabled_event_type_names": "buildJobFail"},
    {"enabled_event_type_names": [1]},
    {"enabled_event_type_names": ["nonsense"]},
    {"send_switch": "yes"},
    {"send_switch": []},
    {"send_switch": 1},
    {"use_project_notice": "\x00"},
    {"param_config": {}},
    {"param_config": "x"},
]


def test_bad_input_is_refused_by_both_generations(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    before = server.http.get(f"/v1/job/{job_id}/notice").json()
    for changes in BAD:
        first = server.http.put(f"/v1/job/{job_id}/notice", json={**UPDATE, **changes})
        second = server.http.post(f"/v3/jobs/notice/{job_id}/update", json={**UPDATE, **changes})
        for answer in (first, second):
            assert (answer.status_code, answer.json()["error_code"]) == (400, "CB.00060200"), changes
    assert server.http.get(f"/v1/job/{job_id}/notice").json() == before


def test_required_fields_are_required(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    for name in UPDATE:
        body = {key: value for key, value in UPDATE.items() if key != name}
        assert server.http.put(f"/v1/job/{job_id}/notice", json=body).status_code == 400
    assert server.http.post(f"/v3/jobs/notice/{job_id}/disable").status_code == 400
    check = {"job_id": job_id, "notice_type": "WECOM"}
    assert server.http.post("/v1/job/check/webhook-url", json=check).status_code == 400


def test_ids_are_refused_with_the_code_of_each_family(server: Server, workshop: str) -> None:
    job_id = new_task(server, workshop)
    check = {"notice_type": "WECOM", "webhook_url": "http://127.0.0.1:1/"}

    def answers(who: str, one: str) -> list[tuple[int, str]]:
        http = server.caller(who)
        found = [
            http.get(f"/v1/job/{one}/notice"),
            http.put(f"/v1/job/{one}/notice", json=UPDATE),
            http.post("/v1/job/check/webhook-url", json={**check, "job_id": one}),
            http.get(f"/v3/jobs/notice/{one}/query"),
            http.post(f"/v3/jobs/notice/{one}/update", json=UPDATE),
            http.post(f"/v3/jobs/notice/{one}/disable", params={"notice_type": "MAIL"}),
        ]
        http.close()
        return [(answer.status_code, answer.json()["error_code"]) for answer in found]

    assert answers("alice", "x") == [(400, "DEV.CB.032011")] * 3 + [(400, "CB.00060201")] * 3
    unknown = [(422, "DEVCB.00031006")] * 3 + [(422, "CB.00031006")] * 3
    assert answers("alice", "f" * 32) == unknown
    assert answers("bob", job_id) == unknown


def test_addresses_of_the_server_s_own_network_are_refused_by_default(
    server: Server, workshop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.services.notices.checker, "_sender", closed_sender())
    job_id = new_task(server, workshop)
    with http_sink() as sink:
        for url in (sink.url(), sink.url(host="localhost")):
            check = {"job_id": job_id, "notice_type": "WEBHOOK", "webhook_url": url}
            answer = server.http.post("/v1/job/check/webhook-url", json=check)
            assert answer.status_code == 400
            assert "notify.allow_private" in answer.json()["error_msg"]
    assert sink.received == []


def closed_sender() -> object:
    return sender_of(Settings(), tls_of(Settings()))
