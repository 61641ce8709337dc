from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, insert, select, update

from bottega.audit.tables import AuditEvent
from bottega.build.definition import Definition
from bottega.build.service import BuildService
from bottega.build.templates import catalogue
from bottega.build.templates.definition import TemplateDefinition
from bottega.build.templates.errors import TemplateNotFound
from bottega.build.templates.reading import TemplateFilter
from bottega.build.templates.service import TEMPLATES_PER_TENANT, TemplateService
from bottega.build.templates.tables import Template, TemplateFavourite, TemplateUse
from bottega.build.templates.views import Scope
from bottega.clock import epoch_ms
from bottega.errors import Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal, Right
from bottega.projects.roles import DEVELOPER, VIEWER
from bottega.projects.tables import Project, ProjectMember
from bottega.store.database import Database
from tests.build.harness import parameter, shell_step
from tests.support.databases import seed_project, seed_tenant

ALL = TemplateFilter()


def definition(name: str = "shop", **changes: Any) -> TemplateDefinition:
    return msgspec.convert({"name": name, "steps": [shell_step()], **changes}, TemplateDefinition)


def limited(principal: Principal, *rights: Right) -> Principal:
    """The same user with other rights."""
    return msgspec.structs.replace(principal, rights=frozenset(rights))


def colleague(principal: Principal, *rights: Right) -> Principal:
    """Another user of the tenant."""
    return msgspec.structs.replace(limited(principal, *rights), user_id="c" * 32, user_name="colleague")


def listed(templates: TemplateService, who: Principal, where: TemplateFilter = ALL) -> list[str]:
    found, total = templates.page(who, where, offset=0, limit=100)
    assert total == len(found)
    return [one.name for one in found]


def count(database: Database, table: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_template_is_saved_as_it_was_written(templates: TemplateService, alice: Principal) -> None:
    written = definition(
        description="",
        tool_type="maven",
        steps=[shell_step(properties={"a": [1, None, {"b": 1.5}], "c": True}), {"module_id": "any.module"}],
        parameters=[parameter("version", "1.0")],
    )
    expected = msgspec.to_builtins(written)
    made = templates.create(alice, written)
    shown = templates.show(alice, made.uuid)
    assert shown == made
    assert len(made.uuid) == 32
    assert len(made.object_id) == 24
    assert (shown.scope, shown.creator_id, shown.creator_name) == (
        Scope.CUSTOM,
        alice.user_id,
        alice.user_name,
    )
    assert {name: expected[name] for name in ("name", "description", "tool_type", "steps", "parameters")} == {
        "name": shown.name,
        "description": shown.description,
        "tool_type": shown.tool_type,
        "steps": msgspec.to_builtins(shown.steps),
        "parameters": msgspec.to_builtins(shown.parameters),
    }
    assert shown.steps[1].name is None


def test_a_private_default_is_sealed_and_never_shown(
    templates: TemplateService, alice: Principal, database: Database
) -> None:
    made = templates.create(
        alice, definition(parameters=[parameter("TOKEN", "s3cr3t-value", sensitiveVar="true")])
    )
    assert "s3cr3t-value" not in msgspec.json.encode(templates.show(alice, made.uuid)).decode()
    with database.read() as session:
        row = session.scalars(select(Template)).one()
        assert row.sealed_defaults is not None
        assert "s3cr3t-value" not in repr((row.parameters, row.steps, row.sealed_defaults))
        audit = session.scalars(select(AuditEvent)).all()
    assert "s3cr3t-value" not in repr([vars(event) for event in audit])


def test_names_may_repeat(templates: TemplateService, alice: Principal) -> None:
    first, second = (templates.create(alice, definition("same")) for _ in range(2))
    assert first.uuid != second.uuid
    assert listed(templates, alice) == ["same", "same"]


def test_a_deleted_template_is_gone_with_its_stars_and_uses(
    templates: TemplateService, builds: BuildService, alice: Principal, project_id: str, database: Database
) -> None:
    made = templates.create(alice, definition())
    task = builds.create(alice, project_id, "task", Definition(arch="x86-64", steps=[]))
    templates.follow(alice, Scope.CUSTOM, made.uuid)
    templates.record_use(alice, task.id, made.uuid)
    gone = templates.delete(alice, made.uuid)
    assert (gone.uuid, gone.favourite, gone.uses) == (made.uuid, True, 1)
    assert [count(database, table) for table in (Template, TemplateFavourite, TemplateUse)] == [0, 0, 0]
    for call in (templates.show, templates.delete):
        with pytest.raises(TemplateNotFound):
            call(alice, made.uuid)


def test_what_is_made_and_deleted_is_in_the_audit_trail(
    templates: TemplateService, alice: Principal, database: Database
) -> None:
    made = templates.create(alice, definition("shop"))
    templates.delete(alice, made.uuid)
    with database.read() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.name)).all()
    assert [(one.name, one.resource_type, one.resource_id, one.resource_name) for one in events] == [
        ("createCustomTemplate", "template", made.uuid, "shop"),
        ("deleteCustomTemplate", "template", made.uuid, "shop"),
    ]
    assert {one.user_name for one in events} == {alice.user_name}


def test_another_tenant_can_do_nothing_with_a_template(
    templates: TemplateService, builds: BuildService, alice: Principal, bob: Principal, database: Database
) -> None:
    made = templates.create(alice, definition())
    task = builds.create(bob, seed_project(database, bob), "task", Definition(arch="x86-64", steps=[]))
    for uuid in (made.uuid, "f" * 32, made.object_id):
        for call in (
            lambda uuid=uuid: templates.show(bob, uuid),
            lambda uuid=uuid: templates.delete(bob, uuid),
            lambda uuid=uuid: templates.follow(bob, Scope.CUSTOM, uuid),
            lambda uuid=uuid: templates.unfollow(bob, Scope.CUSTOM, uuid),
            lambda uuid=uuid: templates.record_use(bob, task.id, uuid),
        ):
            with pytest.raises(TemplateNotFound, match=uuid):
                call()
    assert listed(templates, bob) == []
    assert listed(templates, alice) == ["shop"]
    with pytest.raises(NotFound):
        templates.default_yaml(alice, task.id, "")
    with pytest.raises(NotFound):
        templates.record_use(alice, task.id, made.uuid)


def test_rights_decide(templates: TemplateService, alice: Principal) -> None:
    made = templates.create(alice, definition())
    viewer, nobody = colleague(alice, Right.VIEW), colleague(alice)
    assert listed(templates, viewer) == ["shop"]
    templates.follow(viewer, Scope.CUSTOM, made.uuid)
    refused = [
        lambda: templates.create(viewer, definition()),
        lambda: templates.delete(viewer, made.uuid),
        lambda: templates.show(nobody, made.uuid),
        lambda: templates.page(nobody, ALL, offset=0, limit=10),
        lambda: templates.follow(nobody, Scope.CUSTOM, made.uuid),
        lambda: templates.create(nobody, definition()),
    ]
    for call in refused:
        with pytest.raises(Forbidden):
            call()
    assert listed(templates, alice) == ["shop"]
    templates.delete(colleague(alice, Right.DELETE), made.uuid)


def test_everybody_may_delete_what_they_made(templates: TemplateService, alice: Principal) -> None:
    maker = colleague(alice, Right.CREATE)
    made = templates.create(maker, definition())
    templates.delete(maker, made.uuid)
    assert listed(templates, alice) == []


def test_official_templates_are_there_for_every_user(templates: TemplateService, alice: Principal) -> None:
    nobody = colleague(alice)
    uuid = catalogue.official()[0].uuid
    templates.follow(nobody, Scope.OFFICIAL, uuid)
    found, total = templates.official_page(nobody, "", offset=0, limit=100)
    assert total == len(found) == len(catalogue.official())
    assert found[0].favourite


def test_members_of_a_project_may_do_with_templates_what_they_may_do_there(
    templates: TemplateService, alice: Principal, project_id: str, database: Database
) -> None:
    # The creator of a project has every right in it, so the project is given to somebody else.
    other = seed_tenant(database, "elsewhere")
    member = limited(alice)
    with database.write() as session:
        session.execute(update(Project).values(creator_id=other.user_id))
        session.add(
            ProjectMember(
                project_id=project_id, user_id=member.user_id, role_id=VIEWER, created_at=epoch_ms()
            )
        )
    assert listed(templates, member) == []
    with pytest.raises(Forbidden):
        templates.create(member, definition())
    with database.write() as session:
        session.execute(update(ProjectMember).values(role_id=DEVELOPER))
    made = templates.create(member, definition())
    templates.delete(member, made.uuid)


def test_a_star_is_a_users_own_and_sorts_first(templates: TemplateService, alice: Principal) -> None:
    made = [templates.create(alice, definition(name)) for name in ("one", "two", "three")]
    viewer = colleague(alice, Right.VIEW)
    newest_first = listed(templates, viewer)
    templates.follow(alice, Scope.CUSTOM, made[0].uuid)
    templates.follow(alice, Scope.CUSTOM, made[0].uuid)
    assert listed(templates, alice)[0] == "one"
    assert listed(templates, viewer) == newest_first
    assert listed(templates, alice, TemplateFilter(only="favourite")) == ["one"]
    assert listed(templates, viewer, TemplateFilter(only="favourite")) == []
    for _ in range(2):
        templates.unfollow(alice, Scope.CUSTOM, made[0].uuid)
    assert not templates.show(alice, made[0].uuid).favourite
    assert listed(templates, alice) == newest_first


def test_two_stars_at_once_are_one(templates: TemplateService, alice: Principal, database: Database) -> None:
    made = templates.create(alice, definition())
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: templates.follow(alice, Scope.CUSTOM, made.uuid), range(16)))
    assert count(database, TemplateFavourite) == 1


def test_filters(templates: TemplateService, alice: Principal) -> None:
    templates.create(alice, definition("Shop 100%", tool_type="Maven"))
    templates.create(alice, definition("office", tool_type="npm"))
    templates.create(colleague(alice, Right.CREATE), definition("shopping", tool_type=None))
    assert sorted(listed(templates, alice, TemplateFilter(name="SHOP"))) == ["Shop 100%", "shopping"]
    assert listed(templates, alice, TemplateFilter(name="0%")) == ["Shop 100%"]
    assert listed(templates, alice, TemplateFilter(name="_")) == []
    assert sorted(listed(templates, alice, TemplateFilter(only="mine"))) == ["Shop 100%", "office"]
    assert listed(templates, alice, TemplateFilter(tool_types=("maven", "go"))) == ["Shop 100%"]
    with pytest.raises(Invalid, match="filter: 'red' is none of all, favourite"):
        listed(templates, alice, TemplateFilter(only="red"))


def walk(templates: TemplateService, who: Principal) -> Iterator[str]:
    offset = 0
    while page := templates.page(who, ALL, offset=offset, limit=10)[0]:
        yield from (one.name for one in page)
        offset += 10


def test_pages_neither_repeat_nor_miss_a_template(
    templates: TemplateService, alice: Principal, database: Database
) -> None:
    names = [f"t{number:02}" for number in range(25)]
    for name in names:
        templates.create(alice, definition(name))
    with database.write() as session:
        # As if all had been made in the same millisecond.
        session.execute(update(Template).values(created_at=1))
    assert sorted(walk(templates, alice)) == names
    seen: list[str] = []
    for name in walk(templates, alice):
        seen.append(name)
        if len(seen) == 5:
            templates.create(alice, definition("made meanwhile"))
    assert set(seen) == set(names)


def test_the_number_of_templates_is_limited_per_tenant(
    templates: TemplateService, alice: Principal, bob: Principal, database: Database
) -> None:
    template = templates.create(alice, definition())
    with database.write() as session:
        row = session.scalars(select(Template)).one()
        values = {column.name: getattr(row, column.name) for column in Template.__table__.columns}
        session.execute(
            insert(Template),
            [
                {**values, "uuid": f"{number:032x}", "object_id": f"{number:024x}"}
                for number in range(TEMPLATES_PER_TENANT - 1)
            ],
        )
    with pytest.raises(Invalid, match="already has 5000 templates"):
        templates.create(alice, definition())
    templates.create(bob, definition())
    templates.delete(alice, template.uuid)
    templates.create(alice, definition())


def test_a_use_counts_once_per_task_and_tenant(
    templates: TemplateService, builds: BuildService, alice: Principal, bob: Principal, database: Database
) -> None:
    own = templates.create(alice, definition())
    official = catalogue.official()[0]
    for who in (alice, bob):
        project = seed_project(database, who, "uses")
        for name in ("one", "two"):
            task = builds.create(who, project, name, Definition(arch="x86-64", steps=[]))
            for _ in range(2):
                templates.record_use(who, task.id, official.object_id)
            if who is alice:
                templates.record_use(who, task.id, own.object_id)
                templates.record_use(who, task.id, own.uuid)
    assert templates.show(alice, own.uuid).uses == 2
    found, _ = templates.official_page(alice, official.name, offset=0, limit=1)
    assert found[0].uses == 2


def test_what_cannot_be_an_identifier_is_refused(
    templates: TemplateService, alice: Principal, builds: BuildService, project_id: str
) -> None:
    task = builds.create(alice, project_id, "task", Definition(arch="x86-64", steps=[]))
    for bad in ("", "a b", "x" * 65, "ü", "a\0"):
        with pytest.raises(Invalid, match="uuid"):
            templates.show(alice, bad)
        with pytest.raises(Invalid, match="template_id"):
            templates.record_use(alice, task.id, bad)
    with pytest.raises(Invalid, match="job_id"):
        templates.record_use(alice, "short", "a" * 32)
