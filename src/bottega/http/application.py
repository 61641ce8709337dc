"""The web framework's application, with what we use of it."""

from litestar import Litestar
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin


class Application(Litestar):
    """Without support for pydantic and attrs.

    The framework imports either as soon as it is installed, also when nothing but a developer's tool needs it: that is
    half of the time the application takes to be built, and another application than the one that is delivered.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]
