"""CodeArts projects: ``/v4/project`` and ``/v4/projects``."""

from typing import Literal

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from bottega.http.operation import op
from bottega.iam.principal import Principal
from bottega.projects.service import ProjectService
from bottega.projects.wire import (
    CheckProjectNameRequestV4,
    CheckProjectNameV4Response,
    CreateProjectV4RequestBody,
    CreateProjectV4Response,
    ListProjectsV4Response,
    ShowProjectInfoV4Response,
    UpdateProjectRequestV4,
    created,
    listed,
    shown,
)

DEFAULT_TYPE = "scrum"
DEFAULT_LIMIT = 10


@post("/v4/project", **op("create_project_v4", "Create a project"))
def create_project(
    principal: NamedDependency[Principal],
    projects: NamedDependency[ProjectService],
    data: JSONBody[CreateProjectV4RequestBody],
) -> CreateProjectV4Response:
    project, creator = projects.create(
        principal,
        data.project_name,
        description=data.description or "",
        project_type=data.project_type or DEFAULT_TYPE,
        source=data.source or "",
        enterprise_id=data.enterprise_id or "",
    )
    return created(project, creator)


@get("/v4/projects", **op("list_projects_v4", "List projects"))
def list_projects(
    *,
    principal: NamedDependency[Principal],
    projects: NamedDependency[ProjectService],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    search: FromQuery[str] = "",
    project_type: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    archive: FromQuery[Literal["true", "false", ""]] = "",
    query_type: FromQuery[Literal["domain_projects", "absent", ""]] = "",
) -> ListProjectsV4Response:
    page, total = projects.list(
        principal,
        offset=offset,
        limit=limit,
        search=search,
        project_type=project_type,
        sort=sort,
        archived=archive == "true",
        query_type=query_type,
    )
    return ListProjectsV4Response(
        projects=[listed(principal, project, creator) for project, creator in page], total=total
    )


@post("/v4/projects/check-name", **op("check_project_name_v4", "Check whether a project name is taken"))
def check_name(
    principal: NamedDependency[Principal],
    projects: NamedDependency[ProjectService],
    data: JSONBody[CheckProjectNameRequestV4],
) -> CheckProjectNameV4Response:
    return CheckProjectNameV4Response(exist=projects.name_exists(principal, data.project_name))


@get("/v4/projects/{project_id:str}", **op("show_project_info_v4", "Show a project"))
def show_project(
    principal: NamedDependency[Principal],
    projects: NamedDependency[ProjectService],
    project_id: FromPath[str],
) -> ShowProjectInfoV4Response:
    project, creator = projects.get(principal, project_id)
    return shown(principal, project, creator)


@put(
    "/v4/projects/{project_id:str}",
    **op("update_project_v4", "Rename or describe a project", status_code=204),
)
def update_project(
    principal: NamedDependency[Principal],
    projects: NamedDependency[ProjectService],
    project_id: FromPath[str],
    data: JSONBody[UpdateProjectRequestV4],
) -> None:
    projects.update(principal, project_id, name=data.project_name, description=data.description)


@delete("/v4/projects/{project_id:str}", **op("delete_project_v4", "Delete a project", status_code=204))
def delete_project(
    principal: NamedDependency[Principal],
    projects: NamedDependency[ProjectService],
    project_id: FromPath[str],
) -> None:
    projects.delete(principal, project_id)
