"""The ProjectMan v4 operations. They need the dependencies ``principal``, ``projects`` and ``members``."""

from litestar import Router

from bottega.http.documentation import document_refusals
from bottega.http.errors import exception_handlers
from bottega.projects.api import members, projects
from bottega.projects.errors import CODES

ROUTES: list[Router] = [
    Router(
        path="/",
        route_handlers=document_refusals(
            [
                projects.create_project,
                projects.list_projects,
                projects.check_name,
                projects.show_project,
                projects.update_project,
                projects.delete_project,
                *members.HANDLERS,
            ],
            CODES,
        ),
        exception_handlers=exception_handlers(CODES),
        tags=["Projects"],
    )
]
