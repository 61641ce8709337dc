"""Rule sets, parameters, advanced settings and ignored files of a task, named as in the contract."""

import msgspec

from bottega.check.languages import LANGUAGES
from bottega.check.rulesets.reading import name_of
from bottega.check.tasks.choosing import OPTIONAL, SELECTED, Offer
from bottega.check.tasks.engines import OFF, ON, EngineFacts
from bottega.check.tasks.ignoring import Node
from bottega.check.tasks.settings import EngineSettings, RuleSetChoice
from bottega.check.tasks.texts import checked_word

YES, NO = "1", "0"
CHOICE = 2
"""``type`` of a parameter that is one of its ``option_value``."""
ENABLED = "enabled"
"""The parameter that every engine has."""


class TaskRulesetInfo(msgspec.Struct, kw_only=True):
    """``type`` is selected or optional; ``status`` "0" for sets of users and "1" for the system's."""

    template_id: str
    language: str
    template_name: str
    type: str
    status: str


class ShowTasksRulesetsResponse(msgspec.Struct, kw_only=True):
    info: list[TaskRulesetInfo]
    total: int


class UpdateTaskRulesetItem(msgspec.Struct, kw_only=True):
    """``if_use`` "1" or "0". ``status`` tells old data of the live service from new, and nothing here."""

    language: str
    rule_set_id: str
    if_use: str
    status: str = YES

    def choice(self, index: int) -> RuleSetChoice:
        """As the services have it. Raises :class:`Invalid`."""
        checked_word(self.status, f"[{index}].status", (YES, NO))
        on = checked_word(self.if_use, f"[{index}].if_use", (YES, NO)) == YES
        return RuleSetChoice(language=self.language, rule_set_id=self.rule_set_id, on=on)


class CheckConfigInfo(msgspec.Struct, kw_only=True):
    name: str
    cfg_key: str
    default_value: str
    option_value: str
    is_required: int
    description: str
    type: int
    status: str
    value: str


class TaskCheckParamters(msgspec.Struct, kw_only=True):
    """``check_id`` is the engine's number."""

    check_id: int
    name: str
    checker_configs: list[CheckConfigInfo]


class CheckRulesetParametersResponse(msgspec.Struct, kw_only=True):
    data: list[TaskCheckParamters]
    total: int


class TaskCheckSettingsItem(msgspec.Struct, kw_only=True):
    cfg_key: str
    status: str
    cfg_value: str | None = None


class ConfigTaskParameterBody(msgspec.Struct, kw_only=True):
    """``status`` switches the engine; the parameter ``enabled`` says the same and goes before it."""

    check_id: int
    ruleset_id: str
    language: str
    status: str
    task_check_settings: list[TaskCheckSettingsItem]

    def settings(self) -> EngineSettings:
        """As the services have it; whose they are is told by the number. Raises :class:`Invalid`."""
        on = checked_word(self.status, "status", (ON, OFF))
        values: dict[str, str] = {}
        for index, one in enumerate(self.task_check_settings):
            field = f"task_check_settings[{index}]"
            state = checked_word(one.status, f"{field}.status", (ON, OFF))
            if one.cfg_key == ENABLED:
                on = checked_word(one.cfg_value or state, f"{field}.cfg_value", (ON, OFF))
            elif state == ON:
                values[one.cfg_key] = one.cfg_value or ""
        return EngineSettings(
            engine="", rule_set_id=self.ruleset_id, language=self.language, on=on == ON, values=values
        )


class TreeNode(msgspec.Struct, kw_only=True):
    """``checkbox_status``: unchecked is looked at, all is ignored, half has something ignored in it."""

    file_name: str
    file_path: str
    is_leaf: bool
    checkbox_status: str


class ShowTaskPathTreeResponse(msgspec.Struct, kw_only=True):
    info: list[TreeNode]
    total: int


class IgnorePathSettingItem(msgspec.Struct, kw_only=True):
    file_path: str
    checkbox_status: str


class UpdateIgnorePathRequestBody(msgspec.Struct, kw_only=True):
    ignore_path_settings: list[IgnorePathSettingItem]


def rule_set_info(offer: Offer) -> TaskRulesetInfo:
    """A rule set of a task's language."""
    return TaskRulesetInfo(
        template_id=offer.rule_set.id,
        language=LANGUAGES[offer.rule_set.language].short,
        template_name=name_of(offer.rule_set),
        type=SELECTED if offer.selected else OPTIONAL,
        status=YES if offer.of_system else NO,
    )


def parameters(engine: EngineFacts, saved: EngineSettings) -> TaskCheckParamters:
    """What can be set of an engine."""
    state = ON if saved.on else OFF
    enabled = CheckConfigInfo(
        name="Use this engine",
        cfg_key=ENABLED,
        default_value=ON,
        option_value=f"{ON},{OFF}",
        is_required=0,
        description=f"Whether {engine.title} looks at the files of this language.",
        type=CHOICE,
        status=state,
        value=state,
    )
    return TaskCheckParamters(check_id=engine.number, name=engine.name, checker_configs=[enabled])


def tree_node(node: Node) -> TreeNode:
    """A file or folder."""
    return TreeNode(file_name=node.name, file_path=node.path, is_leaf=node.leaf, checkbox_status=node.state)
