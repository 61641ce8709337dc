"""Which rule sets a check uses: those its task names, or else what the project or the system has for the language."""

from sqlalchemy.orm import Session

from bottega.check.issues.marks import UsedRuleSet
from bottega.check.languages import find
from bottega.check.rulesets import reading
from bottega.check.rulesets.system import system_set
from bottega.check.rulesets.tables import RuleSet
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.tables import CheckTask


def used_sets(session: Session, task: CheckTask, settings: TaskSettings) -> list[UsedRuleSet]:
    """Those that are on; ``settings`` are those of the task's family. What cannot be used is for the check to say."""
    found: list[UsedRuleSet] = []
    defaults = reading.defaults(session, task.project_id)
    for choice in settings.rule_sets:
        language = find(choice.language)
        if not choice.on or language is None:
            continue
        set_id = choice.rule_set_id or defaults.get(language.name) or system_set(language.name).id
        own = session.get(RuleSet, set_id)
        name = own.name if own is not None and own.tenant_id == task.tenant_id else ""
        found.append(UsedRuleSet(language=language.name, id=set_id, name=name))
    return found
