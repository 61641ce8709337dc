"""Bodies of the ProjectMan v4 operations, named as in the SDK. Times are epoch milliseconds."""

import msgspec

from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.projects.tables import Project


class CreateProjectV4RequestBody(msgspec.Struct, kw_only=True):
    project_name: str
    description: str | None = None
    source: str | None = None
    project_type: str | None = None
    enterprise_id: str | None = None
    template_id: int | None = None


class CreateProjectV4Response(msgspec.Struct, kw_only=True):
    project_num_id: int
    project_id: str
    project_name: str
    description: str
    project_type: str
    user_num_id: int


class UpdateProjectRequestV4(msgspec.Struct, kw_only=True):
    description: str | None = None
    project_name: str | None = None


class CheckProjectNameRequestV4(msgspec.Struct, kw_only=True):
    project_name: str


class CheckProjectNameV4Response(msgspec.Struct, kw_only=True):
    exist: bool


class ProjectCreator(msgspec.Struct, kw_only=True):
    user_num_id: int
    user_id: str
    user_name: str
    domain_id: str
    domain_name: str
    nick_name: str


class ListProjectsV4ResponseBodyProjects(msgspec.Struct, kw_only=True):
    project_num_id: int
    project_id: str
    project_name: str
    description: str
    created_time: int
    updated_time: int
    project_type: str
    creator: ProjectCreator


class ListProjectsV4Response(msgspec.Struct, kw_only=True):
    projects: list[ListProjectsV4ResponseBodyProjects]
    total: int


class GetProjectInfoV4ResultProject(msgspec.Struct, kw_only=True):
    project_num_id: int
    project_id: str
    name: str
    created_on: int
    updated_on: int
    project_type: str
    archive: int
    enterprise_id: str
    project_code: str
    creator: ProjectCreator


class ShowProjectInfoV4Response(msgspec.Struct, kw_only=True):
    project: GetProjectInfoV4ResultProject


def created(project: Project, creator: User) -> CreateProjectV4Response:
    """What creating answers."""
    return CreateProjectV4Response(
        project_num_id=project.number,
        project_id=project.id,
        project_name=project.name,
        description=project.description,
        project_type=project.project_type,
        user_num_id=creator.number,
    )


def listed(caller: Principal, project: Project, creator: User) -> ListProjectsV4ResponseBodyProjects:
    """One row of the list."""
    return ListProjectsV4ResponseBodyProjects(
        project_num_id=project.number,
        project_id=project.id,
        project_name=project.name,
        description=project.description,
        created_time=project.created_at,
        updated_time=project.updated_at,
        project_type=project.project_type,
        creator=_creator(caller, creator),
    )


def shown(caller: Principal, project: Project, creator: User) -> ShowProjectInfoV4Response:
    """A single project; projects are never archived here and have no code."""
    return ShowProjectInfoV4Response(
        project=GetProjectInfoV4ResultProject(
            project_num_id=project.number,
            project_id=project.id,
            name=project.name,
            created_on=project.created_at,
            updated_on=project.updated_at,
            project_type=project.project_type,
            archive=0,
            enterprise_id=project.enterprise_id,
            project_code="",
            creator=_creator(caller, creator),
        )
    )


def _creator(caller: Principal, creator: User) -> ProjectCreator:
    return ProjectCreator(
        user_num_id=creator.number,
        user_id=creator.id,
        user_name=creator.name,
        domain_id=caller.tenant_id,
        domain_name=caller.tenant_name,
        nick_name=creator.name,
    )
