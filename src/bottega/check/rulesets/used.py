"""Which rule sets a check uses: those its task names, or else what the project or the system has for the language."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.issues.marks import UsedRuleSet
from bottega.check.languages import find
from bottega.check.rulesets import reading
from bottega.check.rulesets.system import system_set
from bottega.check.rulesets.tables import RuleSet
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask


def ids_of_sets(session: Session, task: CheckTask, settings: TaskSettings) -> list[tuple[str, str]]:
    """The languages that are on, each with the id of its set; ``settings`` are those of the task's family.

    Languages that nobody knows are left out, and whether there is such a set is not looked at.
    """
    found: list[tuple[str, str]] = []
    defaults = reading.defaults(session, task.project_id)
    for choice in settings.rule_sets:
        language = find(choice.language)
        if choice.on and language is not None:
            set_id = choice.rule_set_id or defaults.get(language.name) or system_set(language.name).id
            found.append((language.name, set_id))
    return found


def used_sets(session: Session, task: CheckTask, settings: TaskSettings) -> list[UsedRuleSet]:
    """The same, with the names of custom sets. What cannot be used is for the check to say."""
    sets = ids_of_sets(session, task, settings)
    own = select(RuleSet.id, RuleSet.name).where(
        RuleSet.tenant_id == task.tenant_id, RuleSet.id.in_({set_id for _, set_id in sets})
    )
    names = {row.id: row.name for row in session.execute(own)}
    return [
        UsedRuleSet(language=language, id=set_id, name=names.get(set_id, "")) for language, set_id in sets
    ]
