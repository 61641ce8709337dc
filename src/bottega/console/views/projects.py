"""The projects that lists can be narrowed to."""

from bottega.errors import Forbidden
from bottega.iam.principal import Principal
from bottega.projects.service import MAX_LIMIT, ProjectService


def choices(projects: ProjectService, principal: Principal) -> list[tuple[str, str]]:
    """Ids and names of the projects the caller sees, by name; none for who takes part in none."""
    try:
        found, _ = projects.list(principal, limit=MAX_LIMIT, sort="name:asc")
    except Forbidden:
        return []
    return [(project.id, project.name) for project, _ in found]
