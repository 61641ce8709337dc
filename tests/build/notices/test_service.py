"""Choosing who is told what: on both databases."""

import json

import msgspec
import pytest
from sqlalchemy import text

from bottega.build.errors import InvalidId
from bottega.build.notices import settings as notice_settings
from bottega.build.notices.events import NoticeEvent
from bottega.errors import Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.notify.channels import Channel
from bottega.notify.tables import DeliveryState
from bottega.runs.states import RunState
from tests.build.notices.conftest import Notices

HOOK = "http://127.0.0.1:1/hooks/token-0123456789"
ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=token-0123456789"
SECRET = "SECsecret0123456789"
FAIL = "buildJobFail"


def config(url: str | None = HOOK, **more: str) -> str:
    return json.dumps({**({} if url is None else {"webhook_url": url}), **more})


def shown_config(notices: Notices, who: Principal, task: object, channel: Channel) -> dict[str, str]:
    return json.loads(notices.shown(who, task)[channel].param_config)  # type: ignore[arg-type]


def test_defaults_are_all_events_as_messages_and_failures_by_mail(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    shown = notices.shown(alice, notices.task(alice, project_id))
    assert list(shown) == ["DING_TALK", "MAIL", "MESSAGE", "WECOM"]
    events = {channel: set(view.events) for channel, view in shown.items()}
    assert events == {
        Channel.DING_TALK: set(),
        Channel.MAIL: {FAIL},
        Channel.MESSAGE: set(NoticeEvent),
        Channel.WECOM: set(),
    }
    assert {view.param_config for view in shown.values()} == {""}


def test_exactly_the_listed_events_are_set(notices: Notices, alice: Principal, project_id: str) -> None:
    task, other = notices.task(alice, project_id), notices.task(alice, project_id, "other")
    notices.set(alice, task, "mail", "deleteJob", "buildJobSuccess", "deleteJob")
    assert notices.shown(alice, task)[Channel.MAIL].events == {"deleteJob", "buildJobSuccess"}
    assert notices.shown(alice, task)[Channel.MESSAGE].events == set(NoticeEvent)
    assert notices.shown(alice, other)[Channel.MAIL].events == {FAIL}
    notices.set(alice, task, "MAIL")
    assert notices.shown(alice, task)[Channel.MAIL].events == set()


def test_a_switch_that_is_off_sets_nothing(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "MESSAGE", FAIL, switched_on=False)
    assert notices.shown(alice, task)[Channel.MESSAGE].events == set()


def test_following_the_project_means_the_defaults(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "MESSAGE")
    notices.set(alice, task, "WEBHOOK", FAIL, param_config=config())
    notices.set(alice, task, "MESSAGE", FAIL, follow=True)
    notices.set(alice, task, "WEBHOOK", FAIL, follow=True)
    shown = notices.shown(alice, task)
    assert shown[Channel.MESSAGE].events == set(NoticeEvent)
    assert Channel.WEBHOOK not in shown


def test_channels_of_our_own_are_listed_once_they_are_set(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    notices.service.disable(alice, task.id, "feishu")
    assert Channel.FEISHU not in notices.shown(alice, task)
    notices.set(alice, task, "feishu", FAIL, param_config=config())
    assert list(notices.shown(alice, task)) == ["DING_TALK", "MAIL", "MESSAGE", "WECOM", "FEISHU"]
    notices.service.disable(alice, task.id, "Feishu")
    view = notices.shown(alice, task)[Channel.FEISHU]
    assert (view.events, view.param_config != "") == (set(), True)


def test_disabling_turns_all_events_off(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    for channel in ("MESSAGE", "mail", "Wecom"):
        notices.service.disable(alice, task.id, channel)
    assert [view.events for view in notices.shown(alice, task).values()] == [set()] * 4


def test_secrets_are_masked_and_the_masked_text_can_be_written_back(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    written = config(ROBOT, secret=SECRET, at_user_ids="u1; u2;")
    notices.set(alice, task, "DING_TALK", FAIL, param_config=written)
    masked = notices.shown(alice, task)[Channel.DING_TALK].param_config
    assert json.loads(masked) == {
        "webhook_url": "https://oapi.dingtalk.com/robot/send?access_token=******",
        "secret": "******",
        "at_user_ids": "u1;u2",
    }
    notices.set(alice, task, "DING_TALK", FAIL, "deleteJob", param_config=masked)
    target = stored(notices, task.id)
    assert (target.url, target.secret, target.mention) == (ROBOT, SECRET, ("u1", "u2"))


def stored(notices: Notices, task_id: str) -> notice_settings.Target:
    with notices.database.read() as session:
        row = session.get_one(notice_settings.NoticeSetting, (task_id, "DING_TALK"))
        target = notice_settings.target_of(notices.service._secrets, row)
    assert target is not None
    return target


KEPT = [
    ("", ROBOT, SECRET),
    (ROBOT, ROBOT, SECRET),
    (HOOK, HOOK, ""),
    (config(HOOK), HOOK, ""),
    (config(HOOK, secret="new-secret"), HOOK, "new-secret"),
    (config(HOOK, secret="******"), HOOK, SECRET),
    (config(ROBOT, secret=""), ROBOT, ""),
    (config(None, secret="new-secret"), ROBOT, "new-secret"),
]
"""A text that is written, and the URL and secret that are in force afterwards."""


def test_what_is_left_out_stays_unless_the_place_is_another(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    for written, url, secret in KEPT:
        notices.set(alice, task, "DING_TALK", FAIL, param_config=config(ROBOT, secret=SECRET))
        notices.set(alice, task, "DING_TALK", FAIL, param_config=written)
        target = stored(notices, task.id)
        assert (target.url, target.secret) == (url, secret), written


def test_an_empty_object_forgets_the_place(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "DING_TALK", FAIL, param_config=config(ROBOT))
    with pytest.raises(Invalid, match="needs a webhook_url"):
        notices.set(alice, task, "DING_TALK", FAIL, param_config="{}")
    notices.set(alice, task, "DING_TALK", param_config="{}")
    assert notices.shown(alice, task)[Channel.DING_TALK].param_config == ""


BAD: list[tuple[str, list[str], str, str]] = [
    ("SMS", [FAIL], "", "notice_type"),
    ("", [FAIL], "", "notice_type"),
    ("MAIL", ["buildJobfail"], "", r"enabled_event_type_names\[0\]"),
    ("MAIL", [FAIL, ""], "", r"enabled_event_type_names\[1\]"),
    ("MAIL", [FAIL], config(), "param_config"),
    ("MESSAGE", [FAIL], "{}", "param_config"),
    ("WECOM", [FAIL], "", "param_config"),
    ("WECOM", [FAIL], config(secret="x"), r"param_config\.secret"),
    ("WEBHOOK", [FAIL], config(at_user_ids="x"), r"param_config\.at_user_ids"),
    ("DING_TALK", [FAIL], config(None, secret="x"), r"param_config\.webhook_url"),
    ("DING_TALK", [FAIL], config("file:///etc/passwd"), r"param_config\.webhook_url"),
    ("DING_TALK", [FAIL], config("http://169.254.169.254/"), r"param_config\.webhook_url"),
    ("DING_TALK", [FAIL], config("http://h/?k=******"), r"param_config\.webhook_url"),
    ("DING_TALK", [FAIL], "http://h/" + "x" * 256, r"param_config\.webhook_url"),
    ("DING_TALK", [FAIL], config(secret="x" * 257), r"param_config\.secret"),
    ("DING_TALK", [FAIL], config(secret="a\nb"), r"param_config\.secret"),
    ("DING_TALK", [FAIL], config(at_user_ids="x" * 1001), r"param_config\.at_user_ids"),
    ("DING_TALK", [FAIL], config(at_user_ids="x\x00"), r"param_config\.at_user_ids"),
    ("DING_TALK", [FAIL], config(colour="red"), "param_config"),
    ("DING_TALK", [FAIL], '{"webhook_url": 1}', "param_config"),
    ("DING_TALK", [FAIL], "[" * 4000, "param_config"),
    ("DING_TALK", [FAIL], "{" * 5000, "param_config"),
    ("DING_TALK", [FAIL], "null", "param_config"),
    ("DING_TALK", [FAIL], "oapi.dingtalk.com/robot", "param_config"),
    ("DING_TALK", [FAIL], '{"secret": "\\ud800"}', "param_config"),
]


def test_what_cannot_be_is_refused_and_changes_nothing(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    before = notices.shown(alice, task)
    for channel, events, written, field in BAD:
        with pytest.raises(Invalid, match=f"^{field}"):
            notices.set(alice, task, channel, *events, param_config=written)
    assert notices.shown(alice, task) == before
    assert notices.audited() == []


def test_another_tenant_and_an_unknown_task_are_answered_alike(
    notices: Notices, alice: Principal, bob: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    for who, task_id in ((bob, task.id), (alice, "f" * 32)):
        with pytest.raises(NotFound, match=f"build task {task_id} does not exist"):
            notices.service.show(who, task_id)
        with pytest.raises(NotFound):
            notices.service.disable(who, task_id, "MESSAGE")
        with pytest.raises(NotFound):
            notices.service.checker.check(who, task_id, "WEBHOOK", HOOK)
        with pytest.raises(NotFound):
            notices.service.log(who, task_id, offset=0, limit=10)
    with pytest.raises(NotFound):
        notices.set(bob, task, "MESSAGE", FAIL)
    with pytest.raises(InvalidId):
        notices.service.show(alice, "x")
    assert notices.shown(alice, task)[Channel.MESSAGE].events == set(NoticeEvent)


def test_who_may_only_look_cannot_change_or_send(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    onlooker = msgspec.structs.replace(alice, user_id="f" * 32, rights=frozenset({Right.VIEW}))
    nobody = msgspec.structs.replace(alice, user_id="f" * 32, rights=frozenset())
    assert len(notices.service.show(onlooker, task.id)) == 4
    with pytest.raises(Forbidden):
        notices.set(onlooker, task, "MESSAGE", FAIL)
    with pytest.raises(Forbidden):
        notices.service.disable(onlooker, task.id, "MESSAGE")
    with pytest.raises(Forbidden):
        notices.service.checker.check(onlooker, task.id, "WEBHOOK", HOOK)
    with pytest.raises(Forbidden):
        notices.service.show(nobody, task.id)
    with pytest.raises(Forbidden):
        notices.service.log(nobody, task.id, offset=0, limit=10)


def test_changes_are_in_the_audit_trail_without_secrets(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "DING_TALK", FAIL, "deleteJob", param_config=config(ROBOT, secret=SECRET))
    notices.set(alice, task, "DING_TALK", follow=True)
    notices.service.disable(alice, task.id, "MAIL")
    details = sorted(event.detail for event in notices.audited())
    assert details == ["DING_TALK: buildJobFail, deleteJob", "DING_TALK: defaults", "MAIL: nothing"]
    assert {(event.resource_id, event.resource_name) for event in notices.audited()} == {(task.id, "shop")}


def test_nothing_secret_is_stored_in_clear(notices: Notices, alice: Principal, project_id: str) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "DING_TALK", FAIL, param_config=config(ROBOT, secret=SECRET))
    notices.build(alice, task, RunState.FAILURE)
    notices.fan_out.work()
    assert len(notices.deliveries()) == 1
    with notices.database.read() as session:
        for table in (
            "notice_settings",
            "notice_outbox",
            "notify_deliveries",
            "notify_inbox",
            "audit_events",
        ):
            for row in session.execute(text(f"SELECT * FROM {table}")):
                stored = " ".join(
                    bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                    for value in row
                )
                assert SECRET not in stored
                assert "token-0123456789" not in stored


def test_turning_a_channel_off_withdraws_what_is_on_its_way(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "WEBHOOK", FAIL, param_config=config())
    for turn_off in (
        lambda: notices.service.disable(alice, task.id, "WEBHOOK"),
        lambda: notices.set(alice, task, "WEBHOOK"),
        lambda: notices.set(alice, task, "WEBHOOK", follow=True),
    ):
        notices.set(alice, task, "WEBHOOK", FAIL, param_config=config())
        notices.build(alice, task, RunState.FAILURE)
        notices.fan_out.work()
        turn_off()
    assert [row.state for row in notices.deliveries()] == [DeliveryState.WITHDRAWN] * 3


def test_a_corrected_place_gets_what_is_on_its_way(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task = notices.task(alice, project_id)
    notices.set(alice, task, "WEBHOOK", FAIL, param_config=config())
    notices.build(alice, task, RunState.FAILURE)
    notices.fan_out.work()
    notices.set(alice, task, "WEBHOOK", FAIL, param_config="http://127.0.0.1:2/new")
    (row,) = notices.deliveries()
    assert (row.state, row.shown_target) == (DeliveryState.PENDING, "http://127.0.0.1:2/******")


def test_a_task_that_goes_for_good_takes_its_settings_along(
    notices: Notices, alice: Principal, project_id: str
) -> None:
    task, other = notices.task(alice, project_id), notices.task(alice, project_id, "other")
    for one in (task, other):
        notices.set(alice, one, "MESSAGE")
    with notices.database.write() as session:
        notice_settings.forget_task(session, alice.tenant_id, task.id)
    assert notices.shown(alice, task)[Channel.MESSAGE].events == set(NoticeEvent)
    assert notices.shown(alice, other)[Channel.MESSAGE].events == set()
