"""The attempt's spec as the runner needs it: every field checked once, before anything is started."""

from __future__ import annotations

from bottega.agent.containers.engine import Engine
from bottega.agent.sandbox import Facilities, Limits
from bottega.agent.tools.tool import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class SpecError(Exception):
    """The spec cannot be used; the message names the field."""


class Step:
    """One step to run: ``key`` names its stage, ``action`` what runs, ``label`` its tag in the log."""

    __slots__ = ("action", "enabled", "ignore_failure", "inputs", "key", "label", "name")

    def __init__(self, fields: _Fields) -> None:
        self.key = fields.text("key")
        self.name = fields.text("name")
        self.action = fields.text("action")
        self.inputs = fields.mapping("inputs", {})
        self.enabled = fields.flag("enabled", True)
        self.ignore_failure = fields.flag("ignore_failure", False)
        self.label = fields.text("label", self.key)

    @property
    def tag(self) -> str:
        """How the step is named in front of the runner's log lines."""
        return f"{self.name}:{self.label}"


class SecretFile:
    """A file for the steps: its content is in the spool folder unless ``refusal`` says why it is not."""

    __slots__ = ("name", "refusal")

    def __init__(self, fields: _Fields) -> None:
        self.name = fields.text("name")
        self.refusal = fields.text("refusal", "")


class Containers:
    """What the agent offers for container images, and how it speaks to registries."""

    __slots__ = ("engine", "insecure_registries", "mirrors", "push_to", "region")

    def __init__(self, fields: _Fields) -> None:
        try:
            self.engine = Engine.from_dict(fields.mapping("engine", Engine().to_dict()))
        except KeyError as error:
            raise SpecError(f"containers.engine has no {error}") from None
        self.insecure_registries: list[str] = fields.list_of("insecure_registries", str)
        self.mirrors = fields.texts("mirrors")
        self.push_to = fields.text("push_to", "")
        self.region = fields.text("region", "")


class Spec:
    """What one attempt has to do and how much it may use. Raises SpecError."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        fields = _Fields("", document)
        self.run_id = fields.text("run_id")
        self.attempt = fields.whole("attempt")
        self.name = fields.text("name")
        self.number = fields.whole("number")
        self.timeout = fields.number("timeout_seconds")
        self.grace = fields.number("stop_grace", 10.0)
        self.workspace = fields.text("workspace")
        self.in_place = fields.flag("in_place", False)
        self.workspace_bytes = fields.whole("workspace_bytes")
        self.log_limit = fields.whole("log_limit_bytes")
        self.network = fields.flag("network", True)
        self.env = fields.texts("env")
        self.secrets = fields.list_of("secrets", str)
        self.read_only_paths = fields.list_of("read_only_paths", str)
        self.tools = _tools(document.get("tools"))
        self.image_match = fields.text("image_match", "lenient")
        self.containers = Containers(_Fields("containers.", fields.mapping("containers", {})))
        self.time_zone = fields.text("time_zone", "UTC")
        self.notify_socket = fields.text("notify_socket", "")
        self.git = fields.mapping("git", {})
        git = _Fields("git.", self.git)
        credentials: list[dict[str, Any]] = git.list_of("credentials", dict)
        self._git_secrets = [
            _Fields(f"git.credentials[{at}].", one).text("secret", "") for at, one in enumerate(credentials)
        ]
        self.secret_files = [
            SecretFile(_Fields(f"secret_files[{at}].", one))
            for at, one in enumerate(fields.list_of("secret_files", dict))
        ]
        self.server_url = fields.text("server_url", "")
        self.lease_token = fields.text("lease_token", "")
        self.mirrors_root = fields.text("mirrors_root", "")
        self.opening = fields.text("opening", "")
        self.notes = fields.list_of("notes", str)
        self.uid = None if document.get("uid") is None else fields.whole("uid")
        self.steps = [
            Step(_Fields(f"steps[{at}].", step)) for at, step in enumerate(fields.list_of("steps", dict))
        ]
        try:
            self.facilities = Facilities.from_dict(fields.mapping("facilities"))
        except (TypeError, ValueError) as error:
            raise SpecError(f"facilities: {error}") from error
        try:
            self.limits = Limits.from_dict(fields.mapping("limits"))
        except (TypeError, ValueError) as error:
            raise SpecError(f"limits: {error}") from error

    def all_secrets(self) -> list[str]:
        """What must never be seen in a log: secret parameters, and git's credentials."""
        return [*self.secrets, *self._git_secrets]


def _tools(listed: object) -> list[Tool] | None:
    """What the agent's host has; None when the agent did not know."""
    if listed is None:
        return None
    fields = _Fields("", {"tools": listed})
    parts = [_Fields(f"tools[{at}].", one) for at, one in enumerate(fields.list_of("tools", dict))]
    return [Tool(one.text("name"), one.text("version"), one.text("home")) for one in parts]


class _Fields:
    """Typed access to one JSON object; ``path`` goes before the field's name in errors."""

    def __init__(self, path: str, document: Mapping[str, Any]) -> None:
        self._path = path
        self._document = document

    def _value(self, name: str, default: object, kinds: tuple[type, ...], word: str) -> Any:
        value = self._document.get(name, default)
        # A bool is an int to Python, but nobody means "true bytes".
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            what = "is missing" if name not in self._document else f"must be {word}"
            raise SpecError(f"{self._path}{name} {what}")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        return self._value(name, default, (str,), "a text")

    def whole(self, name: str) -> int:
        return self._value(name, None, (int,), "a whole number")

    def number(self, name: str, default: float | None = None) -> float:
        return float(self._value(name, default, (int, float), "a number"))

    def flag(self, name: str, default: bool) -> bool:
        return self._value(name, default, (bool,), "true or false")

    def mapping(self, name: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._value(name, default, (dict,), "an object")

    def texts(self, name: str) -> dict[str, str]:
        found = self.mapping(name, {})
        for key, value in found.items():
            if not isinstance(value, str):
                raise SpecError(f"{self._path}{name}.{key} must be a text")
        return found

    def list_of(self, name: str, kind: type) -> list[Any]:
        found = self._value(name, [], (list,), "a list")
        for at, item in enumerate(found):
            if not isinstance(item, kind):
                raise SpecError(
                    f"{self._path}{name}[{at}] must be {'a text' if kind is str else 'an object'}"
                )
        return found
