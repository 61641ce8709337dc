"""What the tenant is told about itself: true for a server of one's own."""

import re

import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    CountdownRequestBody,
    DomainsStatusesRequestBody,
    ListRelatedProjectInfoRequest,
    ShowAvailableInnerSpecRequest,
    ShowDockerfileTemplateRequest,
    ShowDomainsStatusesRequest,
    ShowDomainStatusRequest,
    ShowImageTemplateListRequest,
    ShowPackageSpecCountDownRequest,
    ShowRelatedProjectRequest,
    ShowSummaryBuildJobInfoRequest,
    ShowUserChargeTypeRequest,
    ShowUserOverPackageQuotaRequest,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bottega.build.images.service import templates
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.projects.members import MemberService
from bottega.projects.roles import VIEWER
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Agent, Run
from bottega.store.database import Database
from tests.build.harness import Server, end_run, task_body
from tests.build.permissions.people import LOOKER, colleague
from tests.support.databases import seed_project, seed_tenant
from tests.support.server import downloaded


def agent(database: Database, arch: str, seen_at: int) -> None:
    with database.write() as session:
        session.add(
            Agent(
                id=arch.ljust(32, "0"),
                name=arch,
                pool="default",
                arch=arch,
                slots=1,
                offer={},
                sealed_key=b"",
                created_at=0,
                last_seen_at=seen_at,
            )
        )


def test_the_tenant_is_in_use_and_charged_for_nothing(server: Server, workshop: str) -> None:
    sdk = server.sdk("alice")
    status = sdk.show_domain_status(ShowDomainStatusRequest()).result
    assert (status.status, status.free_quota) == (1, True)
    charged = sdk.show_user_charge_type(ShowUserChargeTypeRequest()).result
    assert (charged.charge_type, charged.main_resource_list) == ("free", [])
    quota = sdk.show_user_over_package_quota(ShowUserOverPackageQuotaRequest(project_id=workshop)).result
    assert (quota.is_over_quota, quota.build_quota, quota.used_quota) == (False, "unlimit", None)
    body = CountdownRequestBody(service_type="s", resource_id="r", reminder_day="7")
    countdown = sdk.show_package_spec_count_down(ShowPackageSpecCountDownRequest(body=body))
    assert (countdown.status, countdown.result) == ("success", [])
    federation = server.http.get("/v1/domain/federation")
    assert federation.json() == {"result": False, "error": None, "status": "success"}
    query = {"project_id": workshop, "status": "normal"}
    packages = server.http.get("/v2/resource/package-spec/status", params=query)
    assert packages.json() == {"result": [], "error": None, "status": "success"}
    assert server.http.get("/v2/resource/package-spec/status", params={"project_id": "x"}).status_code == 400


def test_other_tenants_do_not_exist(server: Server, workshop: str) -> None:
    mine, other = server.callers["alice"].tenant_id, server.callers["bob"].tenant_id
    body = DomainsStatusesRequestBody(domain_ids=f"{other},{mine}")
    rows = server.sdk("alice").show_domains_statuses(ShowDomainsStatusesRequest(body=body)).result
    assert [(row.domain_id, row.status, row.service_name) for row in rows] == [(mine, 1, "CodeCI")]
    bob = server.sdk("bob")
    assert bob.show_related_project(ShowRelatedProjectRequest()).result.project_info_list == []
    with pytest.raises(ClientRequestException) as refused:
        bob.show_user_over_package_quota(ShowUserOverPackageQuotaRequest(project_id=workshop))
    assert (refused.value.status_code, refused.value.error_code) == (422, "DEVCB.00031006")


def test_the_callers_projects_are_listed_whole_and_by_page(server: Server, workshop: str) -> None:
    for number in range(3):
        seed_project(server.builds.database, server.callers["alice"], f"project-{number}")
    sdk = server.sdk("alice")
    related = sdk.show_related_project(ShowRelatedProjectRequest()).result
    assert related.total == len(related.project_info_list) == 4
    assert all(project.is_creator for project in related.project_info_list)
    seen: list[str] = []
    for page_no in range(1, 10):
        request = ListRelatedProjectInfoRequest(page_no=page_no, page_size=2, search="project")
        page = sdk.list_related_project_info(request).result
        assert page.total == 3
        if not page.project_info_list:
            break
        seen += [project.name for project in page.project_info_list]
    assert seen == ["project-2", "project-1", "project-0"]


def test_somebody_without_rights_sees_only_the_projects_they_are_a_member_of(
    server: Server, workshop: str
) -> None:
    database, alice = server.builds.database, server.callers["alice"]
    seed_project(database, alice, "hidden")
    server.callers["guest"] = guest = colleague(database, alice, "guest", frozenset())
    assert server.sdk("guest").show_related_project(ShowRelatedProjectRequest()).result.total == 0
    MemberService(database).add(alice, workshop, [(guest.user_id, VIEWER)])
    related = server.sdk("guest").show_related_project(ShowRelatedProjectRequest()).result
    assert [(one.identifier, one.is_creator) for one in related.project_info_list] == [(workshop, False)]


def test_sizes_are_offered_while_an_agent_of_that_arch_is_online(server: Server, workshop: str) -> None:
    database = server.builds.database
    agent(database, "x86-64", epoch_ms())
    agent(database, "arm", epoch_ms() - 3_600_000)
    answer = server.http.get("/v2/resource/spec", params={"project_id": workshop, "arch": "x86-64"})
    assert answer.json() == ["DEFAULT", "2U8G", "4U8G", "8U16G", "16U32G", "16U64G"]
    gone = server.http.get("/v2/resource/spec", params={"project_id": workshop, "arch": "arm"})
    assert gone.json() == []
    assert server.http.get(
        "/v2/resource/spec", params={"project_id": workshop, "arch": "mips"}
    ).status_code == 400  # fmt: skip
    request = ShowAvailableInnerSpecRequest(project_id=workshop, arch="x86-64")
    server.sdk("alice").show_available_inner_spec(request)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(FINAL)), max_size=6))
def test_the_summary_counts_what_is_there(server: Server, states: list[RunState]) -> None:
    database = server.builds.database
    owner = fresh_tenant(server)
    project_id = seed_project(database, owner, "p")
    client = server.caller(owner.user_id)
    job_id = client.post("/v1/job/create", json=task_body(project_id)).json()["result"]["job_id"]
    for state in states:
        client.post("/v1/job/execute", json={"job_id": job_id})
        with database.read() as session:
            run = session.query(Run).filter_by(task_id=job_id).order_by(Run.number.desc()).first()
            assert run is not None
            run_id = run.id
        end_run(database, run_id, state)
    client.close()
    summary = server.sdk(owner.user_id).show_summary_build_job_info(ShowSummaryBuildJobInfoRequest())
    figures = summary.result.summary
    ended = [state for state in states if state != RunState.ABORTED]
    good = sum(state == RunState.SUCCESS for state in ended)
    assert (figures.job_total, figures.build_no) == (1, len(states))
    assert figures.avg_success_ratio == (round(100 * good / len(ended)) if ended else 0)


def fresh_tenant(server: Server) -> Principal:
    """A tenant for one example; its caller's name is the user's id."""
    principal = seed_tenant(server.builds.database, f"tenant-{len(server.callers)}")
    server.callers[principal.user_id] = principal
    return principal


def test_every_image_template_has_a_dockerfile(server: Server) -> None:
    sdk = server.sdk("alice")
    rows = sdk.show_image_template_list(ShowImageTemplateListRequest()).result.image_templates
    assert len(rows) == len(templates()) == len({row.image_id for row in rows})
    for row in rows:
        assert re.fullmatch(r"[0-9a-f-]{36}", row.image_id)
        text = downloaded(sdk.show_dockerfile_template(ShowDockerfileTemplateRequest(image_id=row.image_id)))
        assert text.startswith("FROM ")
    answer = server.http.get("/v1/image/dockerfile-template", params={"image_id": rows[0].image_id})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert server.http.get("/v1/image/dockerfile-template", params={"image_id": "x"}).status_code == 422


def test_a_viewer_may_ask_all_of_this(server: Server, workshop: str) -> None:
    server.callers["viewer"] = colleague(server.builds.database, server.callers["alice"], "viewer", LOOKER)
    client = server.caller("viewer")
    for path in (
        "/v1/domain/status",
        "/v1/domain/job-summary",
        "/v1/domain/project/related",
        "/v1/image/templates",
    ):
        assert client.get(path).status_code == 200, path
    client.close()
