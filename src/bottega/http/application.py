"""The web framework's application, with what we use of it."""

from collections.abc import Mapping
from copy import copy
from types import FunctionType
from typing import Any, Self, cast

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.routes import HTTPRoute


class OwnRouter(Router):
    """An application's own copy of a router of operations, which is given what its handlers name and no more.

    The framework copies a router to the last word of its descriptions, and looks at everything that an application
    gives for every one of its handlers: together that was a third of the time the application took to be built.
    """

    __slots__ = ()

    def __init__(self, other: Router, given: Mapping[str, Provide]) -> None:
        """``given`` is by name; what is given may itself ask for the ``principal``."""
        for name in Router.__slots__:
            setattr(self, name, getattr(other, name))
        named = {"principal"}
        self.routes = []
        for route in other.routes:
            assert isinstance(route, HTTPRoute)  # noqa: S101 - there are no others
            own = copy(route)
            own.route_handlers = [copy(handler) for handler in route.route_handlers]
            for handler in own.route_handlers:
                handler.owner = self
                # Its local variables are among them, and do no harm.
                named.update(cast("FunctionType", handler.fn).__code__.co_varnames)
            self.routes.append(own)
        mine = {name: provide for name, provide in given.items() if name in named}
        self.dependencies = {**mine, **other.dependencies}

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
