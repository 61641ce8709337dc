"""Changing what a check task is told to do: always in the task that has the settings of the family."""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bottega.audit.events import AuditName
from bottega.check import access
from bottega.check.access import Action
from bottega.check.identifiers import check_name
from bottega.check.rulesets.reading import for_language
from bottega.check.tasks import choosing, ignoring, names, reading, trees
from bottega.check.tasks.engines import EngineFacts, engine_of
from bottega.check.tasks.families import root_to_change
from bottega.check.tasks.noting import note
from bottega.check.tasks.repositories import checked_url, spelling
from bottega.check.tasks.service import CheckTaskService
from bottega.check.tasks.settings import EngineSettings, RuleSetChoice, TaskSettings
from bottega.check.tasks.tables import CheckTask
from bottega.check.triggers import watching
from bottega.clock import epoch_ms
from bottega.errors import Invalid
from bottega.iam.principal import Principal

Change = Callable[[TaskSettings], None]
"""Changes the settings in place; raises :class:`Invalid` for what they cannot be."""

_Change = Callable[[Session, CheckTask, TaskSettings], None]


class TaskChanges:
    """What the API does with the settings of tasks.

    All raise :class:`Invalid`, :class:`UnknownTask`, :class:`Forbidden`; then nothing has changed. Where a project is
    named the task has to be in it.
    """

    def __init__(self, tasks: CheckTaskService) -> None:
        self._tasks = tasks
        self._database = tasks.database

    def change(
        self,
        principal: Principal,
        task_id: str,
        what: str,
        apply: Change,
        *,
        project_id: str = "",
        name: str | None = None,
        name_field: str = "taskName",
    ) -> None:
        """Change settings that depend on nothing else, and the name if there is one; the audit trail says ``what``."""
        if name is not None:
            check_name(name, name_field)

        def changed(session: Session, root: CheckTask, settings: TaskSettings) -> None:
            apply(settings)
            if name is not None and name != root.name:
                names.require_free(session, root.project_id, name, name_field, root.id)
                _rename(session, root, name)

        try:
            self._change(principal, task_id, what, changed, project_id)
        except IntegrityError:
            raise names.name_taken(name_field, name or "") from None

    def rule_sets(self, principal: Principal, task_id: str, changes: Sequence[RuleSetChoice]) -> None:
        """Switch rule sets on and off. Also raises :class:`UnknownRuleSet`."""
        if len(changes) > choosing.MAX_CHOICES:
            raise Invalid("body", f"has more than {choosing.MAX_CHOICES} rule sets")

        def changed(session: Session, root: CheckTask, settings: TaskSettings) -> None:
            known = [
                choosing.checked(session, root.tenant_id, root.project_id, one, f"[{index}]")
                for index, one in enumerate(changes)
            ]
            settings.rule_sets = choosing.replaced(settings.rule_sets, known)
            if not any(one.on for one in settings.rule_sets):
                raise Invalid("if_use", "a task checks at least one language")

        self._change(principal, task_id, "rule sets", changed)

    def engine(
        self,
        principal: Principal,
        project_id: str,
        task_id: str,
        number: int,
        wanted: EngineSettings,
    ) -> None:
        """Replace the parameters of the engine of that number. Also raises :class:`UnknownRuleSet`."""

        def changed(session: Session, root: CheckTask, settings: TaskSettings) -> None:
            language = _language(session, root, wanted.rule_set_id, wanted.language)
            engine = engine_of(number, language)
            engine.check(wanted.values)
            new = msgspec.structs.replace(wanted, engine=engine.name, language=language)
            place = (new.engine, new.rule_set_id, new.language)
            others = [one for one in settings.engines if (one.engine, one.rule_set_id, one.language) != place]
            settings.engines = [*others, new]

        self._change(principal, task_id, "check parameters", changed, project_id)

    def engines(
        self, principal: Principal, project_id: str, task_id: str, rule_set_id: str, language: str
    ) -> list[tuple[EngineFacts, EngineSettings]]:
        """The engines that a rule set's language has, with their parameters. Also raises :class:`UnknownRuleSet`."""
        with self._database.read() as session:
            task = reading.in_project(session, principal.tenant_id, project_id, task_id)
            access.require_on_task(session, principal, task, Action.GET)
            name = _language(session, task, rule_set_id, language)
            saved = {
                one.engine: one
                for one in reading.settings_of(session, task).engines
                if (one.rule_set_id, one.language) == (rule_set_id, name)
            }
            unset = EngineSettings(engine="", rule_set_id=rule_set_id, language=name)
            return [(one, saved.get(one.name, unset)) for one in EngineFacts.of_language(name)]

    def ignore(
        self,
        principal: Principal,
        task_id: str,
        nodes: Sequence[tuple[str, str]],
        *,
        field: str,
        project_id: str = "",
    ) -> None:
        """Take files and folders out of the check or in again: pairs of path and state."""
        wanted = ignoring.checked(nodes, field)

        def changed(session: Session, root: CheckTask, settings: TaskSettings) -> None:
            task = reading.task(session, root.tenant_id, task_id)
            files = trees.known_files(session, task)
            settings.ignore = ignoring.applied(settings.ignore, wanted, files, field)

        self._change(principal, task_id, "ignored files", changed, project_id)

    def repository(
        self, principal: Principal, task_id: str, url: str, apply: Change, *, url_field: str
    ) -> None:
        """Move the task to another URL, if one is given. A token stays only with the repository it is for."""
        parsed = checked_url(url, self._tasks.policy, url_field) if url else None

        def changed(session: Session, root: CheckTask, settings: TaskSettings) -> None:
            apply(settings)
            if parsed is None:
                return
            if spelling(parsed) != root.repository or parsed.scheme not in {"http", "https"}:
                root.sealed_credentials = None
            old = root.repository
            root.git_url, root.repository = url, spelling(parsed)
            session.execute(
                update(CheckTask)
                .where(CheckTask.parent_id == root.id, CheckTask.repository == old)
                .values(git_url=root.git_url, repository=root.repository)
            )

        self._change(principal, task_id, "repository", changed)

    def _change(
        self, principal: Principal, task_id: str, what: str, apply: _Change, project_id: str = ""
    ) -> None:
        with self._database.write() as session:
            task = (
                reading.in_project(session, principal.tenant_id, project_id, task_id)
                if project_id
                else reading.task(session, principal.tenant_id, task_id)
            )
            root = root_to_change(session, principal, task)
            settings = msgspec.convert(root.settings, TaskSettings)
            apply(session, root, settings)
            root.settings = msgspec.to_builtins(settings)
            root.updated_at = epoch_ms()
            watching.saved(session, root)
            note(session, principal, root, AuditName.UPDATE_CHECK_TASK, what)


def _language(session: Session, task: CheckTask, rule_set_id: str, language: str) -> str:
    name = choosing.language(language, "language").name
    for_language(session, task.tenant_id, task.project_id, name, rule_set_id, language_field="language")
    return name


def _rename(session: Session, root: CheckTask, name: str) -> None:
    family = or_(CheckTask.id == root.id, CheckTask.parent_id == root.id)
    session.execute(update(CheckTask).where(family).values(name=name))
