"""Statistics in SQL, on both databases, against the same in Python."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.errors import InvalidId
from bottega.build.service import BuildService
from bottega.build.statistics.figures import percent
from bottega.build.statistics.service import Selection, StatisticsService
from bottega.build.wire import Scm
from bottega.errors import Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.ids import new_hex
from bottega.runs.states import RunState
from tests.build.permissions.people import colleague
from tests.build.statistics.histories import past_runs, past_task

NOW = int(datetime(2026, 3, 30, 21, 59, tzinfo=UTC).timestamp() * 1000)
"""Clocks in Berlin went forward the day before."""
MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo"]
COUNTED = {
    state for state in RunState if state in {"SUCCESS", "FAILURE", "TIMEOUT", "LOST", "SCHEDULE_FAILURE"}
}


@st.composite
def run(draw: st.DrawFn) -> dict[str, Any]:
    """The columns of one run, around the borders of days more often than elsewhere."""
    minutes = draw(
        st.one_of(st.integers(0, 35 * DAY_MINUTES), st.integers(0, 32).map(lambda day: day * DAY_MINUTES))
    )
    created = NOW - minutes * MINUTE_MS - draw(st.integers(0, 1))
    began = draw(st.one_of(st.none(), st.integers(0, 5000)))
    state = draw(st.sampled_from([*RunState, RunState.SUCCESS, RunState.FAILURE]))
    ended = state in COUNTED | {RunState.ABORTED}
    took = draw(st.integers(-900, 100_000))
    return {
        "state": str(state),
        "created_at": created,
        "started_at": None if began is None else created + began,
        "finished_at": created + (began or 0) + took if ended else None,
        "repository": draw(st.sampled_from(["", "shop", "Shop", "café"])),
        "branch": draw(st.sampled_from(["", "main", "all", "fix/ü"])),
    }


class Expected:
    """What the documentation says of a task with these runs."""

    def __init__(self, runs: list[dict[str, Any]], wanted: Selection, zone: ZoneInfo) -> None:
        today = datetime.fromtimestamp(NOW / 1000, zone).date()
        self.days = [today - timedelta(days=back) for back in range(wanted.interval)][::-1]
        counted: list[dict[str, Any]] = [
            {**one, "number": number, "day": datetime.fromtimestamp(one["created_at"] / 1000, zone).date()}
            for number, one in enumerate(runs, 1)
            if one["state"] in COUNTED
            and one["repository"] == wanted.repository
            and wanted.branch in {"", "all", one["branch"]}
        ]
        self.runs = [one for one in counted if one["day"] in self.days]

    def by_day(self) -> Iterator[tuple[int, int]]:
        for day in self.days:
            states = [one["state"] for one in self.runs if one["day"] == day]
            yield states.count("SUCCESS"), len(states)

    def seconds(self) -> list[tuple[int, int]]:
        return [
            (one["number"], (max(0, one["finished_at"] - one["started_at"]) + 500) // 1000)
            for one in self.runs
            if one["started_at"] is not None
        ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(run(), max_size=25),
    st.sampled_from(["shop", "Shop", "café", "nothing"]),
    st.sampled_from(["", "all", "main", "fix/ü"]),
    st.sampled_from([1, 2, 7, 30]),
    st.sampled_from(ZONES),
)
def test_statistics_are_what_the_documentation_says(
    builds: BuildService,
    alice: Principal,
    project_id: str,
    runs: list[dict[str, Any]],
    repository: str,
    branch: str,
    interval: int,
    zone_name: str,
) -> None:
    zone = ZoneInfo(zone_name)
    statistics = StatisticsService(builds.database, zone, lambda: NOW)
    task_id = past_task(builds, alice, project_id)
    past_runs(builds.database, alice, task_id, runs)
    past_runs(builds.database, alice, past_task(builds, alice, project_id), runs[:3])
    wanted = Selection(task_id=task_id, repository=repository, branch=branch, interval=interval)
    expected = Expected(runs, wanted, zone)

    ratio = statistics.ratio(alice, wanted)
    assert [one.day for one in ratio.days] == expected.days
    assert [(one.builds.success, one.builds.total) for one in ratio.days] == list(expected.by_day())
    whole = [sum(column) for column in zip(*expected.by_day(), strict=True)]
    assert [ratio.whole.success, ratio.whole.total] == whole

    times = statistics.times(alice, wanted)
    seconds = expected.seconds()
    assert [(point.number, point.seconds) for point in times.points] == seconds
    values = [value for _, value in seconds] or [0]
    assert (times.longest, times.shortest) == (max(values), min(values))
    exact = Fraction(sum(values), len(values))
    assert times.average == percent(exact.numerator, exact.denominator) / 100
    assert times.shortest <= times.average <= times.longest

    known = {(one["repository"], one["branch"]) for one in runs}
    assert statistics.repositories(alice, task_id).names == sorted({name for name, _ in known if name})
    seen = {branch for name, branch in known if name == repository and branch}
    assert statistics.branches(alice, task_id, repository) == sorted(seen)
    named = [one["repository"] for one in runs if one["repository"]]
    assert statistics.repositories(alice, task_id).latest == (named[-1] if named else None)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(run(), max_size=25), st.integers(0, 33), st.integers(0, 33))
def test_the_success_ratio_of_a_period_counts_builds_of_every_source(
    builds: BuildService, alice: Principal, project_id: str, runs: list[dict[str, Any]], one: int, other: int
) -> None:
    statistics = StatisticsService(builds.database, builds.zone, lambda: NOW)
    task_id = past_task(builds, alice, project_id)
    past_runs(builds.database, alice, task_id, runs)
    begins, ends = sorted(NOW - days * DAY_MINUTES * MINUTE_MS for days in (one, other))
    states = [run["state"] for run in runs if begins <= run["created_at"] < ends and run["state"] in COUNTED]
    found = statistics.successes(alice, task_id, begins=begins, ends=ends)
    assert (found.success, found.total) == (states.count("SUCCESS"), len(states))


def test_a_long_history_is_told_by_its_newest_points_and_counted_whole(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    task_id = past_task(builds, alice, project_id)
    past_runs(
        builds.database,
        alice,
        task_id,
        [
            {
                "created_at": NOW - 1000,
                "started_at": NOW - 1000,
                "finished_at": NOW - 1000 + number * 1000,
                "repository": "shop",
                "branch": f"branch-{number:04}",
            }
            for number in range(1100)
        ],
    )
    statistics = StatisticsService(builds.database, builds.zone, lambda: NOW)
    wanted = Selection(task_id=task_id, repository="shop", branch="", interval=1)
    times = statistics.times(alice, wanted)
    assert (len(times.points), times.points[0].number, times.points[-1].number) == (1000, 101, 1100)
    assert (times.average, times.longest, times.shortest) == (549.5, 1099, 0)
    branches = statistics.branches(alice, task_id, "shop")
    assert branches == [f"branch-{number:04}" for number in range(1000)]


def test_a_build_belongs_to_the_repository_it_was_made_from(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    def ran(scm: Scm, **saved: Any) -> str:
        scms = [{"url": "git@git.example.com:group/shop.git", "scm_type": "codehub", **saved}]
        definition = msgspec.convert({"arch": "x86-64", "steps": [], "scms": scms}, Definition)
        task = builds.create(alice, project_id, new_hex(), definition)
        return builds.execute(alice, task.id, RunChoices(scm=scm)).repository

    assert ran(Scm()) == "shop"
    assert ran(Scm(), repo_name=" The shop ") == "The shop"
    assert ran(Scm(), repo_name="long" * 40) == "long" * 32
    assert ran(Scm(url="https://git.example.com/group/mill"), repo_name="shop") == "mill"
    assert ran(Scm(), url="git@git.example.com:alone.git") == "alone"
    no_source = msgspec.convert({"arch": "x86-64", "steps": []}, Definition)
    task = builds.create(alice, project_id, "no-source", no_source)
    assert not builds.execute(alice, task.id, RunChoices()).repository


def test_statistics_are_for_those_who_may_view_the_task(
    builds: BuildService, alice: Principal, bob: Principal, project_id: str
) -> None:
    task_id = past_task(builds, alice, project_id)
    stranger = colleague(builds.database, alice, "stranger", frozenset())
    statistics = StatisticsService(builds.database, builds.zone, lambda: NOW)
    wanted = Selection(task_id=task_id, repository="shop", branch="", interval=7)
    calls: list[Any] = [
        lambda who: statistics.ratio(who, wanted),
        lambda who: statistics.times(who, wanted),
        lambda who: statistics.successes(who, task_id, begins=0, ends=NOW),
        lambda who: statistics.repositories(who, task_id),
        lambda who: statistics.branches(who, task_id, "shop"),
    ]
    for call in calls:
        call(alice)
        with pytest.raises(NotFound, match=f"^build task {task_id} does not exist$"):
            call(bob)
        with pytest.raises(Forbidden):
            call(stranger)


def test_what_cannot_be_asked_is_refused_by_name(builds: BuildService, alice: Principal) -> None:
    statistics = StatisticsService(builds.database, builds.zone)
    good = Selection(task_id="0" * 32, repository="shop", branch="", interval=7)
    for field, changes in {
        "interval": [{"interval": 0}, {"interval": 31}, {"interval": -(2**70)}],
        "repository_name": [{"repository": ""}, {"repository": "r" * 129}, {"repository": "a\0"}],
        "branch": [{"branch": "b" * 201}, {"branch": "\0"}],
    }.items():
        for change in changes:
            with pytest.raises(Invalid, match=f"^{field}: "):
                statistics.times(alice, msgspec.structs.replace(good, **change))
    with pytest.raises(InvalidId):
        statistics.ratio(alice, msgspec.structs.replace(good, task_id="0"))
