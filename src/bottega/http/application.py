"""The web framework's application, with what we use of it."""

from collections.abc import Mapping
from copy import copy
from inspect import signature
from typing import Any, Self

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.routes import HTTPRoute

_DESCRIPTIONS = signature(Router).parameters.keys() - {"dependencies", "route_handlers", "signature_types"}
"""What a router is made with and keeps by the same name; the types are in its namespace then."""


class OwnRouter(Router):
    """An application's own copy of a router of operations, which is given what its handlers name and no more.

    The framework copies a router to the last word of its descriptions, and looks at everything that an application
    gives for every one of its handlers: together that was a third of the time the application took to be built.
    """

    __slots__ = ()

    def __init__(self, other: Router, given: Mapping[str, Provide]) -> None:
        """``given`` is by name; what is given may itself ask for the ``principal``.

        Raises :class:`TypeError` for a router with anything else in it than handlers of HTTP requests.
        """
        handlers: dict[HTTPRouteHandler, HTTPRouteHandler] = {}
        for route in other.routes:
            if not isinstance(route, HTTPRoute):
                raise TypeError(f"{route.path} is no route of HTTP requests")
            for handler in route.route_handlers:
                if handler.owner is not other:
                    raise TypeError(f"{handler} is in a router within the router")
                # One with several paths is in several routes.
                handlers[handler] = copy(handler)
        named = {"principal"}.union(*(signature(handler.fn).parameters for handler in handlers))
        mine = {name: provide for name, provide in given.items() if name in named}
        super().__init__(
            **{name: getattr(other, name) for name in _DESCRIPTIONS},
            dependencies={**mine, **other.dependencies},
            route_handlers=list(handlers.values()),
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """It is a copy already, and only one application has it."""
        return self


class Application(Litestar):
    """Without support for pydantic and attrs.

    The framework imports either as soon as it is installed, also when nothing but a developer's tool needs it: that is
    half of the time the application takes to be built, and another application than the one that is delivered.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]
