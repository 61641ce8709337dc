"""Calls about users, projects, the tenant, agents and the server itself."""

from bottega.build.images.service import templates
from bottega.ids import new_hex
from bottega.projects.roles import DEVELOPER
from tests.support.application import World
from tests.support.calls.request import Calls, Request, of_project, plain


def _subject(world: World) -> Request:
    return Request(headers={"X-Subject-Token": world.token})


def _name(_world: World) -> Request:
    return Request(body={"project_name": f"project {new_hex()}"})


def _ask_for_token(world: World) -> Request:
    identity = {"methods": ["token"], "token": {"id": world.token}}
    project = {"id": world.iam_project_id, "domain": {"id": world.domain_id}}
    return Request(body={"auth": {"identity": identity, "scope": {"project": project}}})


CALLS: Calls = {
    # IAM
    "keystone_show_version": plain,
    "keystone_create_token": _ask_for_token,
    "keystone_validate_token": _subject,
    "keystone_check_token": _subject,
    "keystone_revoke_token": _subject,
    "keystone_list_projects": lambda world: Request(query={"domain_id": world.domain_id}),
    "keystone_list_auth_projects": plain,
    "keystone_list_auth_domains": plain,
    # Projects
    "create_project_v4": _name,
    "list_projects_v4": plain,
    "check_project_name_v4": _name,
    "show_project_info_v4": plain,
    "update_project_v4": lambda _world: Request(body={"description": "changed"}),
    "delete_project_v4": plain,
    "list_project_members_v4": plain,
    "show_cur_user_role": plain,
    "add_member_v4": lambda world: Request(
        body={"user_id": world.colleague_id, "domain_id": world.domain_id, "role_id": DEVELOPER}
    ),
    "batch_add_members_v4": lambda world: Request(
        body={"users": [{"user_id": world.colleague_id, "role_id": DEVELOPER}]}
    ),
    "batch_delete_members_v4": lambda world: Request(body={"user_ids": [world.member_id]}),
    "update_membes_role_v4": lambda world: Request(
        body={"user_ids": [world.member_id], "role_id": DEVELOPER}
    ),
    # Permissions
    "show_project_permission": of_project,
    "show_project_job_permission": lambda world: Request(
        query={"project_id": world.project_id, "job_id": world.job_id}
    ),
    "show_job_role_permission": lambda world: Request(query={"job_id": world.job_id}),
    "show_default_project_permission": lambda world: Request(
        query={"project_id": world.project_id, "job_id": world.job_id}
    ),
    "batch_update_job_role_permission": lambda world: Request(
        body={
            "project_id": world.project_id,
            "job_ids": [world.job_id],
            "permissions": [{"role_id": DEVELOPER, "is_view": True}],
        }
    ),
    "apply_project_permission": lambda world: Request(
        body={"project_id": world.project_id, "job_id": world.job_id, "project_switch": False}
    ),
    "check_job_internal": plain,
    # The tenant, sizes and images
    "show_domain_status": plain,
    "show_domains_statuses": lambda world: Request(body={"domain_ids": world.domain_id}),
    "show_user_charge_type": plain,
    "show_domain_federation": plain,
    "list_package_spec_statuses": of_project,
    "show_summary_build_job_info": plain,
    "show_user_over_package_quota": of_project,
    "show_related_project": plain,
    "list_related_project_info": plain,
    "show_available_inner_spec": lambda world: Request(
        query={"project_id": world.project_id, "arch": "x86-64"}
    ),
    "show_package_spec_count_down": lambda world: Request(
        body={"service_type": "x", "resource_id": world.domain_id, "reminder_day": "7"}
    ),
    "show_image_template_list": plain,
    "show_dockerfile_template": lambda _world: Request(query={"image_id": templates()[0].id}),
    # The audit trail
    "list_traces": lambda world: Request(
        path={"project_id": world.iam_project_id}, query={"resource_id": world.job_id}
    ),
    # Pools of agents
    "list_agent_pools": plain,
    "create_agent_pool": lambda _world: Request(body={"name": new_hex(), "concurrency": 2}),
    "show_agent_pool": plain,
    "update_agent_pool": lambda _world: Request(body={"description": "changed", "concurrency": None}),
    "delete_agent_pool": lambda world: Request(path={"pool_name": world.empty_pool_name}),
    "update_pool_agent": lambda _world: Request(body={"draining": True, "labels": ["ssd"]}),
    # The server itself
    "GET /": plain,
    "GET /healthz": plain,
    "GET /metrics": plain,
    "GET /schemas/build.yml.json": plain,
}
