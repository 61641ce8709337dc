"""Pages of builds: lists, records, logs, caches, and what can be done there."""

import pytest
from sqlalchemy import update

from bottega.build.flows.tables import FlowJob
from bottega.build.tables import BuildTask
from bottega.ids import new_uuid
from bottega.runs.tables import Run
from tests.console.conftest import Visitor
from tests.support.application import LOG, Application, World

HOSTILE = "<img src=x onerror=alert(1)>'\"\u202e{{ 7 * 7 }}"
ESCAPED = "&lt;img src=x onerror=alert(1)&gt;&#39;&#34;⟨U+202E⟩{{ 7 * 7 }}"


@pytest.fixture(scope="module")
def hostile(app: Application, world: World, mine: Visitor) -> str:
    """Id of a build of which whatever strangers write is hostile, its log too."""
    record_id = (
        mine.post(f"/console/builds/{world.job_id}/run").headers["location"].split("/")[-1].split("?")[0]
    )
    stage = {
        "key": "s",
        "name": HOSTILE,
        "state": "failure",
        "started_at": 1,
        "finished_at": 2,
        "exit_code": 3,
        "reason": HOSTILE,
        "log_start": 0,
        "log_end": None,
        "hidden": False,
    }
    texts = dict.fromkeys(
        ("reason", "branch", "commit_message", "commit_author", "source_url", "sandbox"), HOSTILE
    )
    with app.services.database.write() as session:
        session.execute(
            update(Run).where(Run.id == record_id).values(stages=[stage], commit_id="a" * 40, **texts)
        )
    return record_id


def test_the_first_page_shows_what_was_built_and_checked_last(mine: Visitor, world: World) -> None:
    page = mine.get("/console")
    assert f"/console/builds/{world.job_id}" in page
    assert f"/console/checks/{world.task_id}" in page


def test_tasks_are_found_by_name_project_and_state(mine: Visitor, world: World) -> None:
    link = f"/console/builds/{world.job_id}"
    for query in ("", "?text=task", f"?project={world.project_id}", "?state=building"):
        assert link in mine.get(f"/console/builds{query}"), query
    for query in ("?text=nothing-has-this-name", "?state=red", "?page=1000000", "?text=%00x"):
        assert link not in mine.get(f"/console/builds{query}"), query
    assert "build_status" in mine.get("/console/builds?state=nonsense", 400)
    mine.get("/console/builds?project=nonsense", 400)
    mine.get(f"/console/builds?project={'0' * 32}", 404)


def test_a_task_shows_its_builds_and_a_build_what_it_did(mine: Visitor, world: World) -> None:
    page = mine.get(f"/console/builds/{world.job_id}")
    assert f"/console/records/{world.record_id}" in page
    record = mine.get(f"/console/records/{world.record_id}")
    for text in ("✓ success", "line 0\n", "line 19\n", "https://git.example.com/group/shop.git"):
        assert text in record
    assert 'data-complete="true"' in record
    assert "http-equiv" not in record


def test_a_build_that_waits_says_why_and_reloads_without_scripts(mine: Visitor, world: World) -> None:
    page = mine.get(f"/console/builds/{world.job_id}")
    waiting = page.partition(">#2</a>")[0].rpartition('href="')[2].partition('"')[0]
    record = mine.get(waiting)
    assert "Waits: " in record
    assert "no agent" in record
    assert '<noscript><meta http-equiv="refresh"' in record


def test_a_log_is_read_page_by_page_and_as_a_file(mine: Visitor, world: World) -> None:
    path = f"/console/records/{world.record_id}/log"
    whole = mine.get(path)
    assert "line 19\n" in whole
    rest = mine.get(f"{path}?offset={len(LOG) - LOG[::-1].index(chr(10), 1)}")
    assert "line 19\n" in rest
    assert "line 0\n" not in rest
    file = mine.http.get(f"{path}/file")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.text.count("\n") == 20
    for offset in ("-1", "x", "9" * 40, "%F0%9F%92%A9"):
        mine.get(f"{path}?offset={offset}")


def test_what_is_added_to_a_log_comes_with_where_to_go_on(mine: Visitor, world: World) -> None:
    path = f"/console/records/{world.record_id}/log/more"
    first = mine.http.get(path)
    assert first.text.count("</span>") == 20
    assert first.headers["x-log-complete"] == "true"
    following = mine.http.get(path, params={"offset": first.headers["x-log-next"]})
    assert (following.text.strip(), following.headers["x-log-next"]) == ("", first.headers["x-log-next"])


def test_whatever_strangers_write_is_shown_and_nothing_else(
    app: Application, mine: Visitor, world: World, hostile: str
) -> None:
    line = f"[2026/01/01 00:00:00.000 GMT+08:00] [ERROR] \x1b[31m{HOSTILE}\x1b[0m\x1b]0;title\x07\n"
    app.services.live_logs.append(hostile, 0, line.encode())
    with app.services.database.write() as session:
        session.execute(update(BuildTask).where(BuildTask.id == world.job_id).values(disabled_reason=HOSTILE))
    paths = (
        f"records/{hostile}",
        f"records/{hostile}/log",
        f"records/{hostile}/log/more",
        f"builds/{world.job_id}",
    )
    for path in paths:
        page = mine.get(f"/console/{path}")
        assert ESCAPED in page, path
        assert "<img" not in page
        assert "\x1b" not in page
    assert f'class="error">[2026/01/01 00:00:00.000 GMT+08:00] [ERROR] {ESCAPED}\n' in mine.get(
        f"/console/{paths[2]}"
    )


def test_parameters_of_the_address_are_escaped_too(mine: Visitor) -> None:
    for name in ("text", "project", "page", "said"):
        answer = mine.http.get("/console/builds", params={name: HOSTILE})
        assert "<img" not in answer.text


def test_a_build_is_started_with_parameters_stopped_and_built_again(
    app: Application, mine: Visitor, world: World
) -> None:
    page = mine.get(f"/console/builds/{world.job_id}")
    assert 'name="parameter-version" value="1"' in page
    started = mine.post(
        f"/console/builds/{world.job_id}/run", **{"parameter-version": "2 & 3", "nonsense": "x"}
    )
    place = started.headers["location"]
    assert "The build was accepted." in mine.get(place)
    path = place.partition("?")[0]
    with app.services.database.read() as session:
        run = session.get_one(Run, path.rpartition("/")[2])
        assert {"name": "version", "value": "2 & 3"}.items() <= run.parameters[0].items()
    assert mine.post(f"{path}/stop").status_code == 303
    assert "■ stopped" in mine.get(path)
    assert mine.post(f"{path}/stop").status_code == 409
    again = mine.post(f"{path}/again")
    assert again.headers["location"] != place
    assert "⧖ waiting" in mine.get(again.headers["location"])


def test_caches_are_listed_and_deleted(mine: Visitor, world: World) -> None:
    path = f"/console/builds/{world.job_id}/caches"
    page = mine.get(path)
    assert "1 cache, 7 B" in page
    assert "maven" in page
    assert mine.post(f"{path}/clear", tool="npm").status_code == 303
    assert "1 cache, 7 B" in mine.get(path)
    cleared = mine.post(f"{path}/clear", tool="")
    assert "The caches were deleted." in mine.get(cleared.headers["location"])
    assert "have left none" in mine.get(path)


def test_a_build_shows_its_tests_its_coverage_and_its_files(
    app: Application, mine: Visitor, other: Visitor, powerless: Visitor, world: World
) -> None:
    page = mine.get(f"/console/records/{world.record_id}")
    for text in ("✗ 1 of 5 tests failed", "covered: 33.33 % of 3 lines", "shop.jar"):
        assert text in page
    path = f"/console/artifacts/{world.file_id}"
    assert f'href="{path}"' in page
    file = mine.http.get(path)
    assert (file.content, file.headers["content-type"]) == (b"content", "application/octet-stream")
    assert file.headers["content-disposition"].startswith("attachment")
    assert mine.http.get(path, headers={"Range": "bytes=3-"}).content == b"tent"
    assert other.http.get(path).status_code == 404
    assert powerless.http.get(path).status_code == 403
    assert app.stranger.get(path).status_code == 303
    assert mine.http.get("/console/artifacts/nonsense").status_code == 400


def test_a_flow_shows_its_jobs_and_a_job_leads_back(app: Application, mine: Visitor, world: World) -> None:
    flow_id, job_id = (
        mine.post(f"/console/builds/{world.job_id}/run").headers["location"].split("/")[-1].split("?")[0]
        for _ in range(2)
    )
    with app.services.database.write() as session:
        job = session.get_one(Run, job_id)
        job.task_id, job.parent_run_id, job.job, job.number = None, flow_id, "unit", 99
        more = {"flow_id": flow_id, "planned": {}}
        session.add(FlowJob(position=1, name="unit", depends_on=[], run_id=job_id, **more))
        session.add(FlowJob(position=2, name="web", depends_on=["unit"], run_id=new_uuid(), **more))
        session.add(
            FlowJob(position=3, name=HOSTILE, depends_on=[], run_id=new_uuid(), skipped="never true", **more)
        )
    page = mine.get(f"/console/records/{flow_id}")
    assert f'<a href="/console/records/{job_id}">unit</a>' in page
    for text in ("⧖ not begun", "– skipped", "never true", ESCAPED):
        assert text in page
    of_job = mine.get(f"/console/records/{job_id}")
    assert f'href="/console/records/{flow_id}"' in of_job
    assert "Stop</button>" not in of_job


def test_pools_show_who_is_online_and_why_somebody_takes_nothing(
    app: Application, mine: Visitor, powerless: Visitor, world: World
) -> None:
    page = mine.get("/console/agents")
    assert world.pool_name in page
    assert world.agent_name in page
    assert "✗ offline" in page
    assert "it is not heard of" in page
    assert "It has no agents." in page
    assert powerless.http.get("/console/agents").status_code == 403


def test_another_tenant_sees_and_changes_nothing(other: Visitor, mine: Visitor, world: World) -> None:
    for path in (f"builds/{world.job_id}", f"builds/{world.job_id}/caches", f"records/{world.record_id}"):
        assert world.project_id not in other.get(f"/console/{path}", 404)
    for path in (f"records/{world.record_id}/log", f"records/{world.record_id}/log/more"):
        assert "line" not in other.get(f"/console/{path}", 404)
    for path in (
        f"builds/{world.job_id}/run",
        f"builds/{world.job_id}/caches/clear",
        f"records/{world.record_id}/again",
    ):
        assert other.post(f"/console/{path}").status_code == 404
    assert world.job_id not in other.get("/console")
    assert world.job_id not in other.get("/console/builds")
    assert mine.get(f"/console/builds/{world.job_id}")


def test_who_has_no_right_sees_and_changes_nothing(powerless: Visitor, world: World) -> None:
    for path in (f"builds/{world.job_id}", f"builds/{world.job_id}/caches", f"records/{world.record_id}"):
        assert "may not view" in powerless.get(f"/console/{path}", 403)
    for path in (
        f"builds/{world.job_id}/run",
        f"builds/{world.job_id}/caches/clear",
        f"records/{world.record_id}/stop",
    ):
        assert powerless.post(f"/console/{path}").status_code == 403
    assert world.job_id not in powerless.get("/console")
    assert "0 build tasks" in powerless.get("/console/builds")


@pytest.mark.parametrize(
    "path", ["builds/nonsense", "records/nonsense", "records/%00", "builds/%F0%9F%92%A9/caches"]
)
def test_what_is_no_id_is_refused(mine: Visitor, path: str) -> None:
    assert mine.http.get(f"/console/{path}").status_code == 400
