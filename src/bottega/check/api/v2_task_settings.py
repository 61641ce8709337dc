"""Settings of check tasks, v2 and v3: rule sets, parameters, ignored files, advanced settings."""

from typing import Annotated

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from bottega.check.api import advanced_settings
from bottega.check.api.advanced_settings import (
    DEFAULT_KEYS,
    TASK_NAME,
    ShowTaskSettingsResponse,
    UpdateTaskSettingsRequestBody,
)
from bottega.check.api.families import check
from bottega.check.api.nothing import AnswersNull
from bottega.check.api.setting_models import (
    CheckRulesetParametersResponse,
    ConfigTaskParameterBody,
    ShowTaskPathTreeResponse,
    ShowTasksRulesetsResponse,
    TaskCheckParamters,
    TaskRulesetInfo,
    UpdateIgnorePathRequestBody,
    UpdateTaskRulesetItem,
    parameters,
    rule_set_info,
    tree_node,
)
from bottega.check.api.task_arguments import (
    Offset,
    ProjectId,
    RuleSetId,
    TaskId,
    check_limit,
    check_offset,
    limit_of,
)
from bottega.check.tasks.changing import TaskChanges
from bottega.check.tasks.service import CheckTaskService
from bottega.check.tasks.trees import TaskTrees
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

MAX_LIMIT = 1000

Limit = Annotated[int, limit_of(MAX_LIMIT)]


@get(
    "/v2/{project_id:str}/tasks/{task_id:str}/rulesets", **op("list_task_ruleset", "List a task's rule sets")
)
def list_task_ruleset(
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    project_id: ProjectId,
    task_id: TaskId,
) -> list[TaskRulesetInfo]:
    return [rule_set_info(one) for one in check_tasks.offers(principal, project_id, task_id)]


@get(
    "/v3/{project_id:str}/tasks/{task_id:str}/rulesets",
    **op("show_tasks_rulesets", "List a task's rule sets by pages (v3)"),
)
def show_tasks_rulesets(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    project_id: ProjectId,
    task_id: TaskId,
    offset: Offset = 0,
    limit: Limit = 10,
) -> ShowTasksRulesetsResponse:
    start, size = check_offset(offset), check_limit(limit, MAX_LIMIT)
    found = [rule_set_info(one) for one in check_tasks.offers(principal, project_id, task_id)]
    return ShowTasksRulesetsResponse(info=found[start : start + size], total=len(found))


@put(
    "/v2/tasks/{task_id:str}/ruleset",
    **op("update_task_ruleset", "Switch rule sets of a task on and off", operation_class=AnswersNull),
)
def update_task_ruleset(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    task_id: TaskId,
    data: JSONBody[list[UpdateTaskRulesetItem]],
) -> None:
    check_changes.rule_sets(principal, task_id, [one.choice(index) for index, one in enumerate(data)])


@get(
    "/v2/{project_id:str}/tasks/{task_id:str}/ruleset/{ruleset_id:str}/check-parameters",
    **op("check_parameters", "List what can be set of the engines of a rule set"),
)
def check_parameters(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    project_id: ProjectId,
    task_id: TaskId,
    ruleset_id: RuleSetId,
    language: FromQuery[str],
) -> list[TaskCheckParamters]:
    found = check_changes.engines(principal, project_id, task_id, ruleset_id, language)
    return [parameters(engine, saved) for engine, saved in found]


@get(
    "/v3/{project_id:str}/tasks/{task_id:str}/ruleset/{ruleset_id:str}/check-parameters",
    **op("check_ruleset_parameters", "List what can be set of the engines of a rule set by pages (v3)"),
)
def check_ruleset_parameters(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    project_id: ProjectId,
    task_id: TaskId,
    ruleset_id: RuleSetId,
    language: FromQuery[str],
    offset: Offset = 0,
    limit: Limit = 10,
) -> CheckRulesetParametersResponse:
    start, size = check_offset(offset), check_limit(limit, MAX_LIMIT)
    found = check_changes.engines(principal, project_id, task_id, ruleset_id, language)
    shown = [parameters(engine, saved) for engine, saved in found]
    return CheckRulesetParametersResponse(data=shown[start : start + size], total=len(shown))


@post(
    "/v2/{project_id:str}/tasks/{task_id:str}/config-parameters",
    **op("list_task_parameter", "Set parameters of an engine of a task", operation_class=AnswersNull),
)
def list_task_parameter(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    project_id: ProjectId,
    task_id: TaskId,
    data: JSONBody[ConfigTaskParameterBody],
) -> None:
    check_changes.engine(principal, project_id, task_id, data.check_id, data.settings())


@get(
    "/v2/{project_id:str}/tasks/{task_id:str}/listpathtree",
    **op("show_task_path_tree", "List a folder of a task's repository", threaded=False),
)
async def show_task_path_tree(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_trees: NamedDependency[TaskTrees],
    project_id: ProjectId,
    task_id: TaskId,
    current_path: FromQuery[str] = "",
    offset: Offset = 0,
    limit: Limit = 10,
) -> ShowTaskPathTreeResponse:
    start, size = check_offset(offset), check_limit(limit, MAX_LIMIT)
    nodes = await check_trees.level(
        principal, task_id, current_path, project_id=project_id, field="current_path"
    )
    return ShowTaskPathTreeResponse(
        info=[tree_node(node) for node in nodes[start : start + size]], total=len(nodes)
    )


@post(
    "/v2/{project_id:str}/tasks/{task_id:str}/config-ignorepath",
    **op("update_ignore_path", "Ignore files of a task, or look at them again", operation_class=AnswersNull),
)
def update_ignore_path(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    project_id: ProjectId,
    task_id: TaskId,
    data: JSONBody[UpdateIgnorePathRequestBody],
) -> None:
    nodes = [(one.file_path, one.checkbox_status) for one in data.ignore_path_settings]
    check_changes.ignore(principal, task_id, nodes, field="ignore_path_settings", project_id=project_id)


@get(
    "/v2/{project_id:str}/tasks/{task_id:str}/settings",
    **op("show_task_settings", "Show advanced settings of a task"),
)
def show_task_settings(  # noqa: PLR0917 - as many as the query has
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    project_id: ProjectId,
    task_id: TaskId,
    config_list: FromQuery[str] = "",
    offset: Offset = 0,
    limit: Limit = 10,
) -> ShowTaskSettingsResponse:
    start, size = check_offset(offset), check_limit(limit, MAX_LIMIT)
    if len(config_list) > MAX_LIMIT or "\0" in config_list:
        raise Invalid("config_list", f"is longer than {MAX_LIMIT} characters or contains a NUL character")
    task = check_tasks.show(principal, task_id, project_id=project_id)
    keys = list(dict.fromkeys(key.strip() for key in config_list.split(",") if key.strip()))
    if keys == ["all"]:
        keys = advanced_settings.all_keys(task)
    found = advanced_settings.shown(task, keys or DEFAULT_KEYS)
    return ShowTaskSettingsResponse(info=found[start : start + size], total=len(found))


@post(
    "/v2/{project_id:str}/tasks/{task_id:str}/settings",
    **op("update_task_settings", "Change advanced settings of a task", operation_class=AnswersNull),
)
def update_task_settings(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    project_id: ProjectId,
    task_id: TaskId,
    data: JSONBody[UpdateTaskSettingsRequestBody],
) -> None:
    values = data.values()
    check_changes.change(
        principal,
        task_id,
        f"settings {', '.join(values)}",
        lambda settings: advanced_settings.apply(settings, values),
        project_id=project_id,
        name=values.get(TASK_NAME),
        name_field=TASK_NAME,
    )


ROUTER = check(
    [
        list_task_ruleset,
        show_tasks_rulesets,
        update_task_ruleset,
        check_parameters,
        check_ruleset_parameters,
        list_task_parameter,
        show_task_path_tree,
        update_ignore_path,
        show_task_settings,
        update_task_settings,
    ]
)
