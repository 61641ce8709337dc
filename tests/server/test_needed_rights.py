"""Each operation takes the right that it is meant to take: who has all others is refused, and changes nothing."""

from collections.abc import Iterator, Mapping

import httpx
import msgspec
import pytest

from bottega.iam.principal import Right
from bottega.ids import new_hex
from tests.server.test_rights import EMPTY, GENERAL, OTHERS_TOKENS, OWN
from tests.support.application import Application, World, application
from tests.support.calls import CALLS
from tests.support.operations import OPEN, Operation, operations
from tests.support.rows import all_rows

pytestmark = pytest.mark.sweep

ANY_RIGHT = {
    "list_agent_pools",
    "list_custom_template",
    "list_project_members_v4",
    "list_projects_v4",
    "list_templates",
    "remover_favourite_custom_template",
    "show_agent_pool",
    "show_cur_user_role",
    "show_project_job_permission",
    "show_project_permission",
    "show_template",
}
"""For who has any right at all; what the lists among them have is looked at elsewhere."""

CREATE = {
    "copy_job",
    "create_build_job",
    "create_job_group",
    "create_new_job",
    "create_project_v4",
    "create_ruleset",
    "create_task",
    "create_task_v3",
    "create_template",
    "create_templates",
    "delete_group",
    "list_recommend_official_template",
    "list_tag_list",
    "move_group",
    "show_git_code_repository_branches",
    "switched_packet",
    "update_job_group",
    "upload_keystore",
}

MODIFY = {
    "check_task_webhook",
    "check_webhook_url",
    "create_code_health_link",
    "create_job_badge_link",
    "create_job_hook",
    "create_task_group",
    "create_task_webhook",
    "delete_caches",
    "delete_code_health_link",
    "delete_job_badge_link",
    "delete_job_hook",
    "delete_project_gate",
    "delete_task_group",
    "delete_task_webhook",
    "disable_build_job",
    "disable_notice",
    "disable_the_job",
    "enable_build_job",
    "list_job_hook_deliveries",
    "list_job_hooks",
    "list_task_parameter",
    "modify_pipeline_task_v2",
    "move_tasks_to_group",
    "redeliver_job_hook",
    "rotate_job_hook",
    "set_defaul_template",
    "show_code_health_link",
    "show_job_badge_link",
    "submit_defects_file_content",
    "update_build_job",
    "update_check_notification",
    "update_code_check_webhook",
    "update_code_gate",
    "update_defect_status",
    "update_ignore_files",
    "update_ignore_path",
    "update_issue_owner",
    "update_issue_status",
    "update_job_hook",
    "update_mr_check_mode",
    "update_new_job",
    "update_new_notice_new",
    "update_notice",
    "update_owner_matching_switch",
    "update_project_gate",
    "update_project_v4",
    "update_task_cron",
    "update_task_group",
    "update_task_notification",
    "update_task_resource_pool",
    "update_task_ruleset",
    "update_task_settings",
    "update_task_webhook",
}

DELETE = {
    "batch_delete_build_jobs",
    "delete_build_job",
    "delete_package_version",
    "delete_project_v4",
    "delete_recycling_jobs",
    "delete_task",
    "delete_task_v3",
    "delete_template",
    "delete_templates",
    "delete_the_job",
    "restore_recycling_jobs",
}

EXECUTE = {
    "create_check_job",
    "execute_job",
    "import_sarif",
    "redeliver_job_hook",
    "rerun_job",
    "run_job",
    "run_task",
    "stop_build_job",
    "stop_build_record",
    "stop_check_job",
    "stop_job",
    "stop_task_by_id",
    "stop_the_job",
}

ADMINISTER = {
    "add_keystore_permission",
    "add_member_v4",
    "apply_project_permission",
    "batch_add_members_v4",
    "batch_delete_members_v4",
    "batch_update_job_role_permission",
    "create_agent_pool",
    "delete_agent_pool",
    "delete_keystore",
    "delete_keystore_permission",
    "delete_ruleset",
    "delete_tenant_gate",
    "download_keystore",
    "download_keystore_by_name",
    "list_traces",
    "modify_criterion_into_set",
    "set_keep_time",
    "show_keystore_permission",
    "update_agent_pool",
    "update_keystore",
    "update_keystore_permission",
    "update_membes_role_v4",
    "update_pool_agent",
    "update_tenant_gate",
}
"""Also for who made what they are about, or has a permission of their own: all other rights are none."""

VIEW_TOO = {
    "move_group",
    "move_tasks_to_group",
}
"""Those that change something, and ask for the right to view as well."""

CHANGING: Mapping[Right, set[str]] = {
    Right.CREATE: CREATE,
    Right.MODIFY: MODIFY,
    Right.DELETE: DELETE,
    Right.EXECUTE: EXECUTE,
    Right.ADMINISTER: ADMINISTER,
}
NOT_VIEW = (OWN | GENERAL | EMPTY | OTHERS_TOKENS | ANY_RIGHT).union(*CHANGING.values()) - VIEW_TOO
NEEDED = {Right.VIEW: CALLS.keys() - OPEN - NOT_VIEW, **CHANGING}
"""An operation that is named nowhere takes the right to view."""


class Tenant(msgspec.Struct, frozen=True):
    """For each right a caller who has all others, and what belongs to their colleagues."""

    app: Application
    without: Mapping[Right, httpx.Client]
    world: World
    operations: dict[str, Operation]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with (
        application(tmp_path_factory.mktemp("needed-rights")) as app,
        app.caller(app.token(app.mine)) as admin,
    ):
        without = {right: app.caller(token_without(app, right)) for right in Right}
        served = {one.name: one for one in operations(app.routes)}
        yield Tenant(app, without, app.world(app.mine, admin), served)
        for http in without.values():
            http.close()


def token_without(app: Application, right: Right) -> str:
    """A token of a new user who has all rights but this one, and but to administer, which has all in it."""
    iam, tenant_id, name, password = app.services.iam, app.mine.domain_id, f"without-{right}", new_hex()
    user = iam.users.add(tenant_id, name, password)
    iam.groups.add(tenant_id, name, frozenset(Right) - {right, Right.ADMINISTER})
    iam.groups.grant(tenant_id, name, name)
    return app.token(msgspec.structs.replace(app.mine, user_name=name, user_id=user.id, password=password))


@pytest.mark.parametrize(
    ("right", "name"), [(right, name) for right, names in NEEDED.items() for name in sorted(names)]
)
def test_who_has_every_other_right_is_refused_and_changes_nothing(
    tenant: Tenant, right: Right, name: str
) -> None:
    operation = tenant.operations[name]
    before = None if operation.reads else all_rows(tenant.app.services.database)
    answer = operation.send(tenant.without[right], tenant.world)
    assert answer.status_code == 403, answer.text
    assert before is None or all_rows(tenant.app.services.database) == before


def test_what_only_reads_takes_no_right_to_administer_beside_its_own(tenant: Tenant) -> None:
    below = set[str]().union(*NEEDED.values()) - NEEDED[Right.ADMINISTER]
    reading = [tenant.operations[name] for name in sorted(below) if tenant.operations[name].reads]
    assert reading
    answers = {one.name: one.send(tenant.without[Right.ADMINISTER], tenant.world) for one in reading}
    assert {name: answer.text for name, answer in answers.items() if not answer.is_success} == {}
