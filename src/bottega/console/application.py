"""The console as an application of its own: its answers are pages, also when they are refusals."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Litestar, Request, Router
from litestar.di import Provide
from litestar.static_files import create_static_files_router  # pyright: ignore[reportUnknownVariableType]
from litestar.types import Scope

from bottega.console.door import Door
from bottega.console.pages import ASSETS, Page
from bottega.console.places import ROOT, STATIC
from bottega.console.refusals import Refusals
from bottega.console.views import VIEWS
from bottega.http.application import Application
from bottega.http.authentication import provide_principal
from bottega.iam.callers import Callers

BODY_BYTES = 262_144


def create_console(
    services: Mapping[str, Any], callers: Callers, zone: ZoneInfo, public_url: str
) -> Litestar:
    """All pages; ``services`` are given to handlers by these names."""

    def provide_page(request: Request[Any, Any, Any]) -> Page:
        return Page(request, zone)

    return Application(
        route_handlers=[
            Router(path=ROOT, route_handlers=VIEWS),
            create_static_files_router(STATIC, [ASSETS]),
        ],
        dependencies={
            "page": Provide(provide_page, sync_to_thread=False),
            "principal": Provide(provide_principal, sync_to_thread=False),
            "caller": Provide(_from_state("caller"), sync_to_thread=False),
            "form": Provide(_from_state("form"), sync_to_thread=False),
            **{name: Provide(_always(value), sync_to_thread=False) for name, value in services.items()},
        },
        before_request=Door(callers, public_url),
        exception_handlers=Refusals(zone).handlers(),
        openapi_config=None,
        request_max_body_size=BODY_BYTES,
        logging_config=None,
    )


def _from_state(name: str) -> Any:
    def provide(scope: Scope) -> Any:
        return scope["state"][name]

    return provide


def _always(value: Any) -> Any:
    def provide() -> Any:
        return value

    return provide
