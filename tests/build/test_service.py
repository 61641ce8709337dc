from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.errors import TaskDisabled
from bottega.build.service import BuildService
from bottega.build.tables import BuildTask
from bottega.build.wire import ParameterItem, Scm
from bottega.errors import AlreadyFinished, Forbidden, Invalid, NotFound, Unavailable
from bottega.iam.principal import Principal, Right
from bottega.ids import new_hex
from bottega.runs.service import SECRETS_PURPOSE
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.harness import parameter, shell_step
from tests.support.databases import seed_project

EVERYTHING = RunChoices()


def definition(**changes: Any) -> Definition:
    return msgspec.convert({"arch": "x86-64", "steps": [shell_step()], **changes}, Definition)


def numbers(database: Database, task_id: str) -> list[int]:
    with database.read() as session:
        return sorted(session.scalars(select(Run.number).where(Run.task_id == task_id)))


def test_fifty_runs_at_once_are_numbered_without_a_gap(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", definition())
    with ThreadPoolExecutor(16) as pool:
        runs = list(pool.map(lambda _: builds.execute(alice, task.id, EVERYTHING), range(50)))
    assert sorted(run.number for run in runs) == list(range(1, 51))
    assert len({run.daily_number for run in runs}) == 50
    assert len({run.execution_id for run in runs}) == 50


def test_a_refused_run_leaves_no_gap(builds: BuildService, alice: Principal, project_id: str) -> None:
    task = builds.create(alice, project_id, "task", definition())
    builds.execute(alice, task.id, EVERYTHING)
    with pytest.raises(Invalid):
        builds.execute(alice, task.id, RunChoices(parameters=[ParameterItem(name="nope", value="1")]))
    builds.runs.refusal = lambda: "the disk is full"
    with pytest.raises(Unavailable, match="disk"):
        builds.execute(alice, task.id, EVERYTHING)
    builds.runs.refusal = lambda: ""
    builds.execute(alice, task.id, EVERYTHING)
    assert numbers(builds.database, task.id) == [1, 2]


def test_the_daily_number_begins_again_with_the_day(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", definition())
    today = datetime.now(builds.zone).strftime("%Y%m%d")
    assert [builds.execute(alice, task.id, EVERYTHING).daily_number for _ in range(2)] == [
        f"{today}.1",
        f"{today}.2",
    ]
    with builds.database.write() as session:
        session.execute(update(BuildTask).values(daily_date="20010101", daily_count=40))
    third = builds.execute(alice, task.id, EVERYTHING)
    assert (third.number, third.daily_number) == (3, f"{today}.1")


def test_a_run_costs_one_write_transaction(builds: BuildService, alice: Principal, project_id: str) -> None:
    task = builds.create(alice, project_id, "task", definition())
    before = builds.database.write_transactions
    builds.execute(alice, task.id, EVERYTHING)
    assert builds.database.write_transactions == before + 1


def test_agents_are_told_after_the_run_is_stored(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", definition(host_type="gpu", arch="arm"))
    seen: list[tuple[str, str, list[int]]] = []
    builds.runs.hints.work = lambda pool, arch: seen.append((pool, arch, numbers(builds.database, task.id)))
    builds.execute(alice, task.id, EVERYTHING)
    assert seen == [("gpu", "arm", [1])]


def test_a_run_keeps_the_definition_it_was_started_with(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", definition(steps=[shell_step("old")]))
    run = builds.execute(alice, task.id, EVERYTHING)
    builds.update(alice, task.id, project_id, "task", definition(steps=[shell_step("new")]))
    with builds.database.read() as session:
        stored = session.get_one(Run, run.id)
        assert stored.spec["steps"][0]["inputs"]["command"] == "old"
        assert session.get_one(BuildTask, task.id).revision == 2


def test_secrets_are_sealed_everywhere(
    builds: BuildService, alice: Principal, project_id: str, tmp_path: Any
) -> None:
    parameters = [parameter("KEY", "hunter2-default", sensitiveVar="true")]
    task = builds.create(alice, project_id, "task", definition(parameters=parameters))
    run = builds.execute(alice, task.id, EVERYTHING)
    with builds.database.read() as session:
        stored = session.get_one(BuildTask, task.id)
        assert "hunter2" not in msgspec.json.encode(stored.definition).decode()
        assert b"hunter2" not in (stored.sealed_defaults or b"")
        row = session.get_one(Run, run.id)
        assert "hunter2" not in msgspec.json.encode([row.spec, row.parameters]).decode()
        box = SecretBox.open(tmp_path / "master.key")
        opened = msgspec.json.decode(box.unseal(row.sealed_secrets or b"", SECRETS_PURPOSE))
    assert opened == {"KEY": "hunter2-default"}


def test_writing_the_mask_back_keeps_the_secret(
    builds: BuildService, alice: Principal, project_id: str, tmp_path: Any
) -> None:
    parameters = [parameter("KEY", "hunter2", sensitiveVar="true")]
    task = builds.create(alice, project_id, "task", definition(parameters=parameters))
    masked = definition(parameters=[parameter("KEY", "******", sensitiveVar="true")])
    builds.update(alice, task.id, project_id, "task", masked)
    run = builds.execute(alice, task.id, EVERYTHING)
    box = SecretBox.open(tmp_path / "master.key")
    assert "hunter2" in box.unseal(run.sealed_secrets or b"", SECRETS_PURPOSE)


@pytest.mark.parametrize("private", ["false", "true"])
def test_an_increment_counts_up_after_each_run(
    builds: BuildService, alice: Principal, project_id: str, tmp_path: Any, private: str
) -> None:
    parameters = [parameter("VERSION", "v1.9", type="increment", sensitiveVar=private), parameter("x", "1")]
    task = builds.create(alice, project_id, "task", definition(parameters=parameters))
    override = RunChoices(parameters=[ParameterItem(name="VERSION", value="v3.0")])
    runs = [
        builds.execute(alice, task.id, choices) for choices in (EVERYTHING, EVERYTHING, override, EVERYTHING)
    ]
    if private == "true":
        box = SecretBox.open(tmp_path / "master.key")
        sealed = [box.unseal(run.sealed_secrets or b"", SECRETS_PURPOSE) for run in runs]
        used = [msgspec.json.decode(text)["VERSION"] for text in sealed]
    else:
        used = [run.spec["env"]["VERSION"] for run in runs]
    assert used == ["v1.9", "v1.10", "v3.0", "v3.1"]


def test_a_run_that_cannot_be_scheduled_is_a_finished_record(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", definition(build_config_type="YAML"))
    # It has no source to read a file from.
    announced: list[str] = []
    builds.runs.hints.work = lambda pool, _arch: announced.append(pool)
    run = builds.execute(alice, task.id, EVERYTHING)
    with builds.database.read() as session:
        stored = session.get_one(Run, run.id)
    assert (stored.state, stored.log_sealed, stored.number) == ("SCHEDULE_FAILURE", True, 1)
    assert stored.finished_at == stored.created_at
    assert "YAML" in stored.reason
    assert announced == []
    with pytest.raises(AlreadyFinished):
        builds.stop(alice, task.id, 1)


def test_a_name_is_unique_in_its_project_while_the_task_exists(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    first = builds.create(alice, project_id, "same", definition())
    with pytest.raises(Invalid) as refused:
        builds.create(alice, project_id, "same", definition())
    assert refused.value.field == "job_name"
    builds.create(alice, seed_project(builds.database, alice, "other"), "same", definition())
    second = builds.create(alice, project_id, "different", definition())
    with pytest.raises(Invalid):
        builds.update(alice, second.id, project_id, "same", definition())
    builds.update(alice, first.id, project_id, "same", definition())
    builds.delete(alice, first.id)
    builds.create(alice, project_id, "same", definition())


def test_only_one_of_many_tasks_created_at_once_gets_the_name(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    def attempt(_: int) -> bool:
        try:
            builds.create(alice, project_id, "same", definition())
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_task_stays_in_its_project(builds: BuildService, alice: Principal, project_id: str) -> None:
    task = builds.create(alice, project_id, "task", definition())
    other = seed_project(builds.database, alice, "other")
    with pytest.raises(Invalid, match="another project"):
        builds.update(alice, task.id, other, "task", definition())


def test_a_refused_update_changes_nothing(builds: BuildService, alice: Principal, project_id: str) -> None:
    task = builds.create(alice, project_id, "task", definition(flavor="4u8g"))
    with pytest.raises(Invalid):
        builds.update(alice, task.id, project_id, "task", definition(arch="mips"))
    with builds.database.read() as session:
        stored = session.get_one(BuildTask, task.id)
    assert (stored.revision, stored.definition["flavor"]) == (1, "4u8g")


def test_another_tenants_task_does_not_exist(
    builds: BuildService, alice: Principal, bob: Principal, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", definition())
    builds.execute(alice, task.id, EVERYTHING)
    for call in (
        lambda: builds.create(bob, project_id, "mine", definition()),
        lambda: builds.update(bob, task.id, project_id, "mine", definition()),
        lambda: builds.delete(bob, task.id),
        lambda: builds.execute(bob, task.id, EVERYTHING),
        lambda: builds.stop(bob, task.id, 1),
        lambda: builds.reader.task(bob, task.id),
    ):
        with pytest.raises(NotFound):
            call()
    assert numbers(builds.database, task.id) == [1]


@pytest.mark.parametrize("right", [Right.CREATE, Right.MODIFY, Right.DELETE, Right.EXECUTE, Right.VIEW])
def test_every_call_needs_its_right(
    builds: BuildService, alice: Principal, project_id: str, right: Right
) -> None:
    task = builds.create(alice, project_id, "task", definition())
    rights = frozenset(Right) - {right, Right.ADMINISTER}
    lacking = msgspec.structs.replace(alice, user_id=new_hex(), rights=rights)
    calls = {
        Right.CREATE: lambda: builds.create(lacking, project_id, "x", definition()),
        Right.MODIFY: lambda: builds.update(lacking, task.id, project_id, "x", definition()),
        Right.DELETE: lambda: builds.delete(lacking, task.id),
        Right.EXECUTE: lambda: builds.execute(lacking, task.id, EVERYTHING),
        Right.VIEW: lambda: builds.reader.task(lacking, task.id),
    }
    with pytest.raises(Forbidden):
        calls[right]()


def test_a_disabled_task_cannot_be_run(builds: BuildService, alice: Principal, project_id: str) -> None:
    task = builds.create(alice, project_id, "task", definition())
    with builds.database.write() as session:
        session.execute(update(BuildTask).values(disabled_at=1))
    with pytest.raises(TaskDisabled):
        builds.execute(alice, task.id, EVERYTHING)
    assert numbers(builds.database, task.id) == []


def test_the_url_of_a_run_is_held_against_the_policy(
    builds: BuildService, alice: Principal, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", definition())
    own_data = f"file://{builds.settings.data}/objects"
    for url in ("ext::sh -c id", own_data, "https://169.254.169.254/latest"):
        with pytest.raises(Invalid) as refused:
            builds.execute(alice, task.id, RunChoices(scm=Scm(url=url)))
        assert refused.value.field == "scm.url"
