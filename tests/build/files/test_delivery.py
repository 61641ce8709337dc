"""Which builds get which files: asked when a run is accepted, and again when its agent wants them."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from bottega.audit.tables import AuditEvent
from bottega.build.compile import RunChoices
from bottega.build.definition import Definition
from bottega.build.files.delivery import provider
from bottega.build.files.permissions import Grant
from bottega.build.files.rights import FileRight
from bottega.build.files.service import FileChange, FileService
from bottega.build.files.tables import KeystoreFile
from bottega.build.service import BuildService
from bottega.build.wire import CreateBuildJobSteps
from bottega.errors import Forbidden
from bottega.iam.groups import Groups
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.runs.secret_files import SecretFileRefused
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.permissions.people import colleague

CONTENT = b"signing key"


@pytest.fixture
def files(database: Database) -> FileService:
    return FileService(database, SecretBox(b"k" * 32))


@pytest.fixture
def owner(database: Database, alice: Principal) -> Principal:
    return colleague(database, alice, "owner")


@pytest.fixture
def guest(database: Database, alice: Principal) -> Principal:
    return colleague(database, alice, "guest")


@pytest.fixture
def file(files: FileService, owner: Principal) -> KeystoreFile:
    return files.upload(owner, "a.xml", CONTENT, "")


@pytest.fixture
def hand_out(database: Database, files: FileService) -> Callable[[Run, str], bytes]:
    """What an agent with the run's lease is answered."""
    provide = provider(files)

    def handed(run: Run, name: str) -> bytes:
        with database.write() as session:
            return provide(session, run, name)

    return handed


def download_step(name: str, enable: bool = True) -> CreateBuildJobSteps:
    return CreateBuildJobSteps(
        module_id="devcloud2018.codeci_action_20061.action",
        name="Get it",
        enable=enable,
        properties={"name": name},
    )


@pytest.fixture
def task_id(builds: BuildService, owner: Principal, project_id: str) -> str:
    """A task that needs a.xml and z.xml, and b.xml in a step that is switched off."""
    steps = [
        download_step("a.xml"),
        download_step("z.xml"),
        download_step("b.xml", False),
        download_step("a.xml"),
    ]
    return builds.create(owner, project_id, "task", Definition(arch="x86-64", steps=steps)).id


def execute(builds: BuildService, user: Principal, task_id: str) -> Run:
    return builds.execute(user, task_id, RunChoices())


def test_a_run_lists_each_file_its_steps_need_once(
    builds: BuildService, owner: Principal, file: KeystoreFile, task_id: str
) -> None:
    assert execute(builds, owner, task_id).spec["secret_files"] == ["a.xml", "z.xml"]


def test_who_may_not_use_a_file_cannot_run_a_task_that_needs_it(
    builds: BuildService, owner: Principal, guest: Principal, file: KeystoreFile, task_id: str
) -> None:
    with pytest.raises(Forbidden, match=r"guest may not use the file a\.xml"):
        execute(builds, guest, task_id)
    # The refused run has not even taken a number.
    assert execute(builds, owner, task_id).number == 1


def test_sharing_or_a_permission_lets_others_run_it(
    builds: BuildService,
    files: FileService,
    owner: Principal,
    guest: Principal,
    file: KeystoreFile,
    task_id: str,
    hand_out: Callable[[Run, str], bytes],
) -> None:
    usage = Grant(user_name="guest", rights=frozenset({FileRight.USAGE}))
    row = files.permissions.add(owner, file.id, guest.user_id, usage)
    assert hand_out(execute(builds, guest, task_id), "a.xml") == CONTENT
    files.permissions.remove(owner, row)
    files.update(owner, file.id, FileChange(name="a.xml", description="", shared=True))
    assert hand_out(execute(builds, guest, task_id), "a.xml") == CONTENT


def test_what_changed_since_the_run_was_accepted_counts(
    builds: BuildService,
    files: FileService,
    owner: Principal,
    guest: Principal,
    file: KeystoreFile,
    task_id: str,
    hand_out: Callable[[Run, str], bytes],
) -> None:
    files.update(owner, file.id, FileChange(name="a.xml", description="", shared=True))
    run = execute(builds, guest, task_id)
    files.update(owner, file.id, FileChange(name="a.xml", description="", shared=False))
    with pytest.raises(SecretFileRefused, match=r"user guest may not use the file a\.xml"):
        hand_out(run, "a.xml")
    files.delete(owner, file.id)
    with pytest.raises(SecretFileRefused, match=r"the file manager has no file of this name"):
        hand_out(run, "a.xml")


def test_a_disabled_users_build_gets_nothing(
    builds: BuildService,
    database: Database,
    owner: Principal,
    file: KeystoreFile,
    task_id: str,
    hand_out: Callable[[Run, str], bytes],
) -> None:
    run = execute(builds, owner, task_id)
    with database.write() as session:
        session.execute(update(User).where(User.id == owner.user_id).values(enabled=False))
    with pytest.raises(SecretFileRefused, match=r"user owner, who runs the build, is disabled"):
        hand_out(run, "a.xml")


def test_an_administrators_build_gets_every_file_while_they_are_one(
    builds: BuildService,
    database: Database,
    alice: Principal,
    file: KeystoreFile,
    task_id: str,
    hand_out: Callable[[Run, str], bytes],
) -> None:
    run = execute(builds, alice, task_id)
    # The rights at that moment are those of the user's groups, not those the run was accepted with.
    with pytest.raises(SecretFileRefused):
        hand_out(run, "a.xml")
    groups = Groups(database)
    groups.add(alice.tenant_id, "administrators", ["administer"])
    groups.grant(alice.tenant_id, "administrators", alice.user_name)
    assert hand_out(run, "a.xml") == CONTENT


def test_another_tenants_file_of_the_same_name_is_never_handed_out(
    builds: BuildService,
    files: FileService,
    bob: Principal,
    owner: Principal,
    task_id: str,
    hand_out: Callable[[Run, str], bytes],
) -> None:
    theirs = files.upload(bob, "a.xml", b"bob's", "")
    files.update(bob, theirs.id, FileChange(name="a.xml", description="", shared=True))
    run = execute(builds, owner, task_id)
    with pytest.raises(SecretFileRefused, match=r"no file of this name"):
        hand_out(run, "a.xml")


def test_the_audit_trail_tells_which_build_had_a_file(
    builds: BuildService,
    database: Database,
    owner: Principal,
    file: KeystoreFile,
    project_id: str,
    task_id: str,
    hand_out: Callable[[Run, str], bytes],
) -> None:
    hand_out(execute(builds, owner, task_id), "a.xml")
    with database.read() as session:
        query = select(AuditEvent).where(AuditEvent.name == "downloadKeystore")
        (event,) = session.scalars(query).all()
    assert (event.user_name, event.resource_id, event.project_id) == ("owner", file.id, project_id)
    assert event.detail == "for build 1 of the task task"
