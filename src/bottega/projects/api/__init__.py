"""The ProjectMan v4 operations. They need the dependencies ``principal`` and ``projects``."""

from litestar import Router

from bottega.http.errors import exception_handlers
from bottega.projects.api import projects
from bottega.projects.errors import CODES

ROUTES: list[Router] = [
    Router(
        path="/",
        route_handlers=[
            projects.create_project,
            projects.list_projects,
            projects.check_name,
            projects.show_project,
            projects.update_project,
            projects.delete_project,
        ],
        exception_handlers=exception_handlers(CODES),
        tags=["Projects"],
    )
]
