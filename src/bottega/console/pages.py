"""Filling templates, and what all pages have in common."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.response import Redirect

from bottega import __version__
from bottega.console import showing
from bottega.console.bringing_in import htmx
from bottega.console.places import STATIC
from bottega.console.session import form_proof
from bottega.iam.principal import Principal

_FOLDER = Path(__file__).parent
TEMPLATES = _FOLDER / "templates"
ASSETS = _FOLDER / "static"

LONGEST_PARAMETER = 1000
MOST_VALUES = 100
LAST_PAGE = 1_000_000

SAID: Mapping[str, str] = {
    "accepted": "The build was accepted.",
    "stopping": "It was asked to stop.",
    "check": "The check was accepted.",
    "judged": "The issues were changed.",
    "cleared": "The caches were deleted.",
    "read": "Marked as read.",
}
"""What a page says after something was done, by the word that the address has."""


@cache
def environment() -> Environment:
    """The template engine: everything that is put into a page is escaped, and a misspelt name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=showing.shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(size=showing.size, markdown=showing.markdown)
    script = htmx()
    known: dict[str, Any] = {
        "lasted": showing.lasted,
        "static": STATIC,
        "version": __version__,
        "htmx": f"{STATIC}/{script.relative_to(ASSETS)}" if script.is_file() else "",
    }
    made.globals.update(known)
    return made


class Page:
    """What handlers answer with. ``principal`` is None before signing in."""

    def __init__(self, request: Request[Any, Any, Any], zone: ZoneInfo) -> None:
        self._request = request
        self._zone = zone
        self._path = quote(request.scope["path"])
        state = request.scope["state"]
        self.principal: Principal | None = state.get("principal")
        self._token: str = state.get("token", "")

    def show(
        self, template: str, *, status_code: int = 200, headers: dict[str, str] | None = None, **values: Any
    ) -> Response[str]:
        """A page, or a part of one."""
        content = (
            environment()
            .get_template(template)
            .render(
                page=self,
                principal=self.principal,
                proof=form_proof(self._token) if self._token else "",
                path=self._path,
                said=SAID.get(self._request.query_params.get("said", ""), ""),
                **values,
            )
        )
        return Response(content, status_code=status_code, media_type=MediaType.HTML, headers=headers)

    @staticmethod
    def go(path: str, said: str = "") -> Redirect:
        """To another page after something was done; ``said`` is one of :data:`SAID`."""
        return Redirect(f"{path}?said={said}" if said else path, status_code=303)

    def moment(self, ms: int | None) -> Any:
        """A time in the server's zone."""
        return showing.moment(ms, self._zone)

    def asked(self, name: str) -> str:
        """A parameter of the address; a NUL, which nothing that is stored has, is left out."""
        return str(self._request.query_params.get(name, ""))[:LONGEST_PARAMETER].replace("\0", "")

    def asked_all(self, name: str) -> list[str]:
        """The same for one that is there several times."""
        values = self._request.query_params.getall(name, [])
        return [str(value)[:LONGEST_PARAMETER].replace("\0", "") for value in values[:MOST_VALUES]]

    @property
    def number(self) -> int:
        """Which page of a list, from 1 on."""
        text = self.asked("page")
        return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() else 1

    def address(self, **changes: object) -> str:
        """This page's address with other parameters; those that are empty are left out."""
        pairs = [
            pair for pair in self._request.query_params.multi_items() if pair[0] not in {*changes, "said"}
        ]
        pairs += [(name, value) for name, value in changes.items() if value]
        return f"{self._path}?{urlencode(pairs)}" if pairs else self._path

    @property
    def request_id(self) -> str:
        """Names the request in the server's log."""
        return str(structlog.contextvars.get_contextvars().get("request_id", ""))
