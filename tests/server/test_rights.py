"""Who has no right and no part in any project can do nothing with the tenant's things, whatever they call."""

from collections.abc import Iterator

import httpx
import msgspec
import pytest

from tests.support.application import Application, World, application
from tests.support.calls import CALLS
from tests.support.operations import OPEN, Operation, operations
from tests.support.rows import Row, all_rows

pytestmark = pytest.mark.sweep

PASSWORD = "no-rights-at-all"
OWN = {
    "add_favourite_official_template",
    "remover_favourite_official_template",
    "keystone_list_auth_domains",
    "keystone_list_auth_projects",
    "keystone_list_projects",
}
"""About the caller's own account, and stars of their own."""

GENERAL = {
    "next_status",
    "check_job_count_is_top_limit",
    "check_job_internal",
    "list_check_languages",
    "list_official_template",
    "list_rules",
    "list_third_tools",
    "show_build_params_list",
    "show_checkers_version",
    "show_criterion_rule",
    "show_default_build_parameters",
    "show_dockerfile_template",
    "show_domain_federation",
    "show_domain_status",
    "show_domains_statuses",
    "show_image_template_list",
    "show_job_system_parameters",
    "show_package_spec_count_down",
    "show_user_charge_type",
}
"""The same for every user of the tenant, and about nothing that anybody made."""

EMPTY = {
    "clear_recycling_jobs",
    "list_all_criterion_sets",
    "list_artifact_files",
    "list_check_repositories",
    "list_tasks_v2",
    "query_tasks_v2",
    "show_code_sum_measures",
    "show_tasks_list",
    "show_template_tasks",
    "list_package_versions",
    "list_packages",
    "list_job",
    "list_keystore",
    "list_keystore_search",
    "list_project_jobs",
    "list_recycling_job",
    "list_related_project_info",
    "show_git_code_repository",
    "show_job_list_by_project_id",
    "show_related_project",
    "show_summary_build_job_info",
}
"""About what the caller may view or change, which is nothing."""

OTHERS_TOKENS = {"keystone_check_token", "keystone_revoke_token", "keystone_validate_token"}
"""A token of somebody else is as good as none."""

MAY_CHANGE = {"build_template_favourites"}
"""Tables with rows of the caller's own."""


class Nobody(msgspec.Struct, frozen=True):
    """A user without rights, and what belongs to their colleagues."""

    app: Application
    http: httpx.Client
    world: World
    operations: dict[str, Operation]

    def state(self) -> dict[str, list[Row]]:
        """All rows that they must not change."""
        rows = all_rows(self.app.services.database)
        return {table: rows[table] for table in rows.keys() - MAY_CHANGE}


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nobody]:
    with application(tmp_path_factory.mktemp("rights")) as app:
        mine = app.mine
        user = app.services.iam.users.add(mine.domain_id, "nobody", PASSWORD)
        known = msgspec.structs.replace(mine, user_name=user.name, user_id=user.id, password=PASSWORD)
        with app.caller(app.token(mine)) as admin, app.caller(app.token(known)) as http:
            served = {one.name: one for one in operations(app.routes)}
            yield Nobody(app, http, app.world(mine, admin), served)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - OPEN))
def test_who_has_no_right_gets_nothing_and_changes_nothing(nobody: Nobody, name: str) -> None:
    before = nobody.state()
    operation = nobody.operations[name]
    answer = operation.send(nobody.http, nobody.world)
    assert nobody.state() == before
    if name in OWN | GENERAL | EMPTY:
        assert answer.status_code == 200, answer.text
        shown = {key: value for key, value in nobody.world.ids.items() if len(value) > 8}
        for own in ("domain_id", "domain_name", "iam_project_id"):
            del shown[own]
        assert not [key for key, value in shown.items() if value in answer.text]
    elif name in OTHERS_TOKENS:
        assert answer.status_code == 404
    else:
        assert answer.status_code == 403, answer.text
        assert operation.method == "HEAD" or answer.json()["error_code"]
