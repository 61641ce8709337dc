import pytest
from sqlalchemy import update

from bottega.check.errors import UnknownRuleSet, UnknownTask
from bottega.check.tasks import credentials, families, reading
from bottega.check.tasks.changing import TaskChanges
from bottega.check.tasks.families import branch_task
from bottega.check.tasks.new import NewTask
from bottega.check.tasks.reading import settings_of
from bottega.check.tasks.service import CheckTaskService
from bottega.check.tasks.settings import MergeRequest, RuleSetChoice
from bottega.check.tasks.tables import CheckTask
from bottega.errors import Invalid
from bottega.iam.principal import Principal
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.check.tasks.conftest import KEY
from tests.check.tasks.harness import add_rule_set
from tests.support.databases import seed_project

URL = "https://git.example.com/group/shop.git"


def new(**more: object) -> NewTask:
    fields = {"git_url": URL, "git_branch": "main", "languages": ["python"], **more}
    return NewTask(**fields)  # type: ignore[arg-type]


def test_tasks_of_one_repository_have_it_in_one_spelling(
    tasks: CheckTaskService, alice: Principal, project_id: str
) -> None:
    urls = [URL, "git@git.example.com:group/shop.git", "ssh://git@GIT.example.com:2222/group/shop"]
    made = {tasks.create(alice, project_id, new(git_url=url)).repository for url in urls}
    assert made == {"git.example.com/group/shop"}
    other = tasks.create(alice, project_id, new(git_url="https://git.example.com:8443/group/shop"))
    assert other.repository == "git.example.com:8443/group/shop"


def test_tasks_without_a_name_are_called_after_their_repository(
    tasks: CheckTaskService, alice: Principal, project_id: str
) -> None:
    names = [tasks.create(alice, project_id, new()).name for _ in range(3)]
    assert len(set(names)) == 3
    assert all(name.startswith("shop_") for name in names)


def test_a_branch_has_one_task_with_the_settings_of_its_family(
    tasks: CheckTaskService, alice: Principal, project_id: str
) -> None:
    root_id = tasks.create(alice, project_id, new(include="src")).id
    with tasks.database.write() as session:
        root = session.get_one(CheckTask, root_id)
        assert branch_task(session, root, "main") is root
        made = branch_task(session, root, "dev")
        assert branch_task(session, root, "dev").id == made.id
        tag = branch_task(session, root, "dev", kind="tag")
        assert (made.kind, tag.kind, made.parent_id) == ("branch", "tag", root_id)
        tag.deleted_at = 1
        session.flush()
        assert branch_task(session, root, "dev", kind="tag").id != tag.id
        assert settings_of(session, made).include == ["src"]
    assert tasks.show(alice, made.id).root_id == root_id


def test_a_merge_request_keeps_its_task(tasks: CheckTaskService, alice: Principal, project_id: str) -> None:
    root_id = tasks.create(alice, project_id, new()).id
    request = MergeRequest(merge_id="7", target_branch="main", event="merge_request", action="open")
    incremental = {"git_branch": "feature", "task_type": "inc", "languages": []}
    asked = new(**incremental, merge_request=request, parent_task_id=root_id)
    first = tasks.create(alice, project_id, asked)
    assert (first.kind, first.task_type, first.parent_id, first.branch) == ("mr", "inc", root_id, "feature")
    request.action = "update"
    assert tasks.create(alice, project_id, asked).id == first.id
    with tasks.database.read() as session:
        stored = families.merge_request_of(session.get_one(CheckTask, first.id))
    assert (stored.source_branch, stored.target_branch, stored.action) == ("feature", "main", "update")
    request.event = "push_request"
    assert tasks.create(alice, project_id, asked).kind == "cr"


def test_an_incremental_task_needs_no_family(
    tasks: CheckTaskService, alice: Principal, project_id: str
) -> None:
    made = tasks.create(alice, project_id, new(task_type="inc"))
    assert (made.kind, made.parent_id, families.merge_request_of(made).source_branch) == ("mr", None, "main")


def test_a_token_is_sealed_and_used_for_its_own_repository_only(
    tasks: CheckTaskService, alice: Principal, project_id: str
) -> None:
    root = tasks.create(alice, project_id, new(username="me", access_token="top-secret"))
    assert root.sealed_credentials is not None
    assert b"top-secret" not in root.sealed_credentials
    fork = {"git_url": "https://evil.example.com/group/shop", "parent_task_id": root.id, "task_type": "inc"}
    forked, own = tasks.create(alice, project_id, new(**fork)), tasks.create(alice, project_id, new())
    box = SecretBox(KEY)
    with tasks.database.write() as session:
        given = credentials.of_task(session, box, session.get_one(CheckTask, root.id))
        assert given is not None
        assert (given.username, given.token) == ("me", "top-secret")
        assert "top-secret" not in repr(given)
        child = branch_task(session, session.get_one(CheckTask, root.id), "dev")
        assert credentials.of_task(session, box, child) == given
        for other in (forked, own):
            assert credentials.of_task(session, box, session.get_one(CheckTask, other.id)) is None


def test_a_task_that_is_held_is_as_it_is_then(
    tasks: CheckTaskService, alice: Principal, project_id: str
) -> None:
    task_id = tasks.create(alice, project_id, new()).id
    with tasks.database.write() as session:
        read = reading.task(session, alice.tenant_id, task_id)
        renamed = update(CheckTask).where(CheckTask.id == task_id).values(name="renamed")
        # As somebody else's transaction: what this one has read does not hear of it.
        session.execute(renamed, execution_options={"synchronize_session": False})
        assert reading.task(session, alice.tenant_id, task_id).name != "renamed"
        held = families.root_to_change(session, alice, read)
        assert (held.id, held.name) == (task_id, "renamed")


def test_a_family_of_another_tenant_does_not_exist(
    tasks: CheckTaskService, database: Database, alice: Principal, bob: Principal, project_id: str
) -> None:
    theirs = tasks.create(alice, project_id, new())
    with pytest.raises(UnknownTask):
        tasks.show(bob, theirs.id)


def test_a_language_has_one_rule_set(tasks: CheckTaskService, alice: Principal, project_id: str) -> None:
    made = tasks.create(alice, project_id, new(languages=["python", "PYTHON", "Py", "c++"]))
    shown = tasks.show(alice, made.id).settings
    assert [one.language for one in shown.rule_sets] == ["PYTHON", "C++"]
    with pytest.raises(Invalid, match="language"):
        tasks.create(alice, project_id, new(languages=[]))


def test_a_task_uses_rule_sets_of_its_own_project_only(
    tasks: CheckTaskService, database: Database, alice: Principal, project_id: str
) -> None:
    elsewhere = seed_project(database, alice, "elsewhere")
    set_id = add_rule_set(database, alice.user_id, alice.tenant_id, elsewhere, "PYTHON")
    chosen = RuleSetChoice(language="python", rule_set_id=set_id)
    with pytest.raises(UnknownRuleSet):
        tasks.create(alice, project_id, new(rule_sets=[chosen]))
    own = tasks.create(alice, project_id, new())
    with pytest.raises(UnknownRuleSet):
        TaskChanges(tasks).rule_sets(alice, own.id, [chosen])
    assert tasks.create(alice, elsewhere, new(rule_sets=[chosen])).project_id == elsewhere
