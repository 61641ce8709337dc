"""The recycle bin: what is in it comes back whole, or goes with everything that belongs to it."""

from pathlib import Path

import msgspec
import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    BatchDeleteBuildJobsRequest,
    BatchDeleteBuildJobsRequestBody,
    ClearRecyclingJobsRequest,
    DeleteRecyclingJobsRequest,
    JobsRequestBody,
    ListRecyclingJobRequest,
    RestoreRecyclingJobsRequest,
    SetKeepTimeRequest,
    SetKeepTimeRequestBody,
)
from sqlalchemy import func, select, update

from bottega.build.changes.tables import TaskRevision
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.favourites.service import FavouriteService
from bottega.build.favourites.tables import Favourite
from bottega.build.recycling.purging import Purge
from bottega.build.recycling.service import DAY_MS, RecycleBin
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.runs.tables import Run
from bottega.store.database import Database
from tests.build.harness import Server, end_run, task_body


@pytest.fixture
def removed() -> list[str]:
    """Ids of runs whose log was deleted."""
    return []


@pytest.fixture
def bin_(builds: BuildService, removed: list[str]) -> RecycleBin:
    purge = Purge(builds.database, lambda _tenant, run_id: removed.append(run_id))
    return RecycleBin(builds.database, purge)


def new_task(builds: BuildService, who: Principal, project_id: str, name: str = "task") -> str:
    return builds.create(who, project_id, name, Definition(arch="x86-64", steps=[])).id


def age(database: Database, task_id: str, days: float) -> None:
    with database.write() as session:
        old = update(BuildTask).where(BuildTask.id == task_id)
        session.execute(old.values(deleted_at=epoch_ms() - int(days * DAY_MS)))


def left(database: Database, task_id: str) -> int:
    with database.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(BuildTask).where(BuildTask.id == task_id)),
            session.scalar(select(func.count()).select_from(Run).where(Run.task_id == task_id)),
            session.scalar(
                select(func.count()).select_from(TaskRevision).where(TaskRevision.task_id == task_id)
            ),
            session.scalar(select(func.count()).select_from(Favourite).where(Favourite.task_id == task_id)),
        ]
    return sum(count or 0 for count in counts)


def test_a_restored_task_is_as_it_was(
    builds: BuildService, bin_: RecycleBin, alice: Principal, project_id: str
) -> None:
    task_id = new_task(builds, alice, project_id)
    run = builds.execute(alice, task_id, RunChoices())
    end_run(builds.database, run.id, "SUCCESS")
    builds.delete(alice, task_id)
    assert [task.id for task in bin_.page(alice, search="", offset=0, limit=10).tasks] == [task_id]
    bin_.restore(alice, [task_id])
    assert bin_.page(alice, search="", offset=0, limit=10).tasks == []
    assert builds.execute(alice, task_id, RunChoices()).number == 2


def test_a_task_whose_name_is_taken_stays_in_the_bin(
    builds: BuildService, bin_: RecycleBin, alice: Principal, project_id: str
) -> None:
    first, second = (new_task(builds, alice, project_id, name) for name in ("one", "two"))
    builds.delete_all(alice, [first, second])
    new_task(builds, alice, project_id, "two")
    with pytest.raises(Conflict, match="another build task named two"):
        bin_.restore(alice, [first, second])
    assert bin_.page(alice, search="", offset=0, limit=10).total == 2


def test_a_purged_task_leaves_nothing_but_the_audit_trail(
    builds: BuildService, bin_: RecycleBin, alice: Principal, project_id: str, removed: list[str]
) -> None:
    task_id = new_task(builds, alice, project_id)
    run = builds.execute(alice, task_id, RunChoices())
    FavouriteService(builds.database).follow(alice, task_id)
    end_run(builds.database, run.id, "SUCCESS")
    builds.delete(alice, task_id)
    assert left(builds.database, task_id) == 4
    bin_.delete(alice, [task_id])
    assert left(builds.database, task_id) == 0
    assert removed == [run.id]
    with pytest.raises(NotFound):
        bin_.restore(alice, [task_id])


def test_a_task_with_a_running_build_is_purged_when_that_has_ended(
    builds: BuildService, bin_: RecycleBin, alice: Principal, project_id: str
) -> None:
    task_id = new_task(builds, alice, project_id)
    run = builds.execute(alice, task_id, RunChoices())
    with builds.database.write() as session:
        session.execute(update(Run).where(Run.id == run.id).values(state="STOPPING"))
        session.execute(update(BuildTask).where(BuildTask.id == task_id).values(deleted_at=1, deleted_by="x"))
    bin_.delete(alice, [task_id])
    assert left(builds.database, task_id) == 3
    assert bin_.page(alice, search="", offset=0, limit=10).total == 0
    assert bin_.sweep() == 0
    end_run(builds.database, run.id, "ABORTED")
    assert bin_.sweep() == 1
    assert left(builds.database, task_id) == 0


def test_the_sweeper_takes_what_was_kept_long_enough(
    builds: BuildService, bin_: RecycleBin, alice: Principal, bob: Principal, project_id: str
) -> None:
    old, young = (new_task(builds, alice, project_id, name) for name in ("old", "young"))
    builds.delete_all(alice, [old, young])
    age(builds.database, old, 8)
    age(builds.database, young, 6)
    assert bin_.sweep() == 0
    bin_.set_keep_days(bob, 1)
    assert bin_.sweep() == 0
    bin_.set_keep_days(alice, 7)
    assert bin_.sweep() == 1
    assert [task.id for task in bin_.page(alice, search="", offset=0, limit=10).tasks] == [young]


def test_only_administrators_set_the_keep_time(bin_: RecycleBin, alice: Principal) -> None:
    with pytest.raises(Forbidden):
        bin_.set_keep_days(msgspec.structs.replace(alice, rights=frozenset({Right.DELETE})), 5)
    for days in (0, 31):
        with pytest.raises(Invalid):
            bin_.set_keep_days(alice, days)


def test_the_bin_through_the_sdk(server: Server, workshop: str) -> None:
    sdk, bob = server.sdk("alice"), server.sdk("bob")
    ids = [
        server.http.post("/v1/job/create", json=task_body(workshop, name)).json()["result"]["job_id"]
        for name in ("one", "two", "three")
    ]
    body = BatchDeleteBuildJobsRequestBody(job_ids=ids)
    gone = sdk.batch_delete_build_jobs(BatchDeleteBuildJobsRequest(body=body)).result
    assert (gone.job_id in ids, gone.project_id) == (True, workshop)
    page = sdk.list_recycling_job(ListRecyclingJobRequest(page_no=1, page_size=2, search="")).result
    assert (page.total, page.keep_time, len(page.job_list)) == (3, 30, 2)
    row = page.job_list[0]
    assert abs(int(row.delete_time_stamp) - epoch_ms() // 1000) < 60
    assert len(row.delete_time) == len("2024-09-20 14:38:49")
    assert bob.list_recycling_job(ListRecyclingJobRequest()).result.total == 0
    days = SetKeepTimeRequestBody(keep_time=29)
    assert sdk.set_keep_time(SetKeepTimeRequest(body=days)).result.keep_time == 29
    assert sdk.list_recycling_job(ListRecyclingJobRequest()).result.keep_time == 29
    sdk.restore_recycling_jobs(RestoreRecyclingJobsRequest(body=JobsRequestBody(job_ids=ids[:1])))
    assert server.http.get(f"/v1/job/{ids[0]}/config").status_code == 200
    sdk.delete_recycling_jobs(DeleteRecyclingJobsRequest(body=JobsRequestBody(job_ids=ids[1:2])))
    assert sdk.list_recycling_job(ListRecyclingJobRequest()).result.total == 1
    assert sdk.clear_recycling_jobs(ClearRecyclingJobsRequest()).status == "success"
    assert sdk.list_recycling_job(ListRecyclingJobRequest()).result.total == 0
    assert server.http.get(f"/v1/job/{ids[0]}/config").status_code == 200


def test_logs_go_with_a_purged_task(server: Server, workshop: str, tmp_path: Path) -> None:
    services, alice = server.services, server.callers["alice"]
    job_id = server.http.post("/v1/job/create", json=task_body(workshop)).json()["result"]["job_id"]
    run = services.builds.execute(alice, job_id, RunChoices())
    services.live_logs.append(run.id, 0, b"hello\n")
    end_run(services.database, run.id, "SUCCESS")
    services.builds.delete(alice, job_id)
    services.recycling.delete(alice, [job_id])
    assert not services.live_logs.path(run.id).exists()
