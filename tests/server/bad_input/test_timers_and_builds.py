"""Timers that mean nothing and choices that a task does not offer are refused."""

import pytest

from tests.server.bad_input.desk import INVALID, Desk, refusal

CRON = [
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 13 *",
    "* * * * 8",
    "*/0 * * * *",
    "5-1 * * * *",
    "1,,2 * * * *",
    "a * * * *",
    "-1 * * * *",
    "1.5 * * * *",
    "@daily",
    "* * * * *; touch /tmp/x",
    "\u0661 * * * *",
    "*/\u0662 * * * *",
    "1" * 50_000 + " * * * *",
    ("0," * 50_000) + " * * * *",
    "* * * * \0",
]


@pytest.mark.parametrize("spec", CRON, ids=lambda spec: ascii(spec)[:30])
def test_a_timer_that_means_nothing_is_refused(desk: Desk, spec: str) -> None:
    trigger = {"name": "hudson.triggers.TimerTrigger", "parameters": [{"name": "spec", "value": spec}]}
    assert refusal(desk.create(triggers=[trigger]), "triggers[0]") == INVALID
    assert refusal(desk.update(triggers=[trigger]), "triggers[0]") == INVALID


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "\0", "z" * 50_000])
def test_a_time_zone_that_nobody_knows_is_refused(desk: Desk, zone: str) -> None:
    items = [{"name": "spec", "value": "0 1 * * *"}, {"name": "timeZoneId", "value": zone}]
    trigger = {"name": "hudson.triggers.TimerTrigger", "parameters": items}
    assert refusal(desk.create(triggers=[trigger]), "triggers[0]") == INVALID


# Builds


def test_choices_that_a_task_does_not_offer_are_refused(desk: Desk) -> None:
    for item in (
        {"name": "unknown", "value": "x"},
        {"name": "version", "value": "{{x}}"},
        {"name": "version", "value": "v" * 8193},
        {"name": "version", "value": "\0"},
        {"name": "version"},
        {"name": "version", "value": None},
        {"name": "version", "value": []},
        {"value": "x"},
    ):
        assert refusal(desk.execute(parameter=[item]), "parameter[0]") == INVALID, item
    twice = [{"name": "version", "value": "1"}] * 2
    assert refusal(desk.execute(parameter=twice), "parameter[1].name") == INVALID
    assert refusal(desk.execute(scm={"build_type": "trunk"}), "scm.build_type") == INVALID
    assert refusal(desk.execute(scm={"build_tag": 5}), "scm.build_tag") == INVALID
    assert refusal(desk.execute(parameter={}), "parameter") == INVALID


def test_a_build_that_has_finished_cannot_be_stopped(desk: Desk) -> None:
    for answer in (
        desk.http.post(desk.path("/v1/job/{job_id}/stop?build_no=1")),
        desk.http.post(desk.path("/v1/job/{job_id}/stop"), json={"build_no": 1}),
        desk.http.post("/v3/jobs/stop", json={"job_id": desk.world.job_id, "build_no": "1"}),
        desk.http.post(desk.path("/v3/jobs/{job_id}/1/stop")),
    ):
        assert refusal(answer) == (400, "DEV.CB.032302")
        assert answer.json()["error"]["code"] == "DEV.CB.032302"
