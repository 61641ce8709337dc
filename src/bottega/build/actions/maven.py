"""The Maven step, which may have further repositories: its command finds them in Maven's own settings."""

from __future__ import annotations

import re
import shlex

from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError, is_a
from bottega.build.actions.tool import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

MAX_REPOSITORIES = 20
REPOSITORIES = "settings.public_repos"
_SHOWN = 80
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%{}-]{1,1000}", re.ASCII)
_SETTINGS = "~/.m2/settings.xml"

_FIELDS = (
    Field(
        "settings",
        "mapping",
        "repositories that Maven asks",
        below=(Field("public_repos", "list", "addresses of public repositories"),),
    ),
    Field(
        "check",
        "mapping",
        "check of dependencies; has no effect here",
        below=(
            Field("project_dir", "text", "folder of the project"),
            Field("settings", "text", "settings file of Maven"),
            Field("param", "text", "further arguments"),
        ),
    ),
)


class Maven(Tool):
    """Before its command it puts the repositories into Maven's settings; a file of the build's own stays."""

    def __init__(self) -> None:
        super().__init__("maven", "Maven build", "mvn", wrappers=("mvnw",), module="20043", more=_FIELDS)

    def check(self, raw: Mapping[str, Any]) -> None:
        super().check(raw)
        repositories(raw)

    def script(self, ctx: StepContext, command: str) -> str:
        raw = ctx.inputs
        if raw.get("check") or raw.get("doCheck") not in (None, "", "disable", False):
            ctx.log("WARN", "dependencies are not checked: the inputs check and doCheck have no effect here")
        if raw.get("userPrivateRepositories"):
            ctx.log(
                "WARN",
                "private repositories of the step are not known here: put a settings file into the file manager",
            )
        found = repositories(raw)
        if not found:
            return command
        ctx.log("INFO", f"Maven asks {', '.join(found)} too, unless the build has {_SETTINGS}")
        content = shlex.quote(settings_xml(found))
        # In front of the first line, so that the lines of the command keep their numbers.
        return f"mkdir -p ~/.m2; [ -e {_SETTINGS} ] || printf %s {content} >{_SETTINGS}; {command}"


def repositories(raw: Mapping[str, Any]) -> list[str]:
    """The addresses that a step names, each once. Raises InputError."""
    settings: Any = raw.get("settings") or {}
    if not is_a(settings, dict):
        raise InputError("settings", "must have public_repos")
    given: Any = settings.get("public_repos") or []
    if not is_a(given, list):
        raise InputError(REPOSITORIES, "must be a list of addresses")
    for one in given:
        if not _is_address(one):
            raise InputError(REPOSITORIES, f"{str(one)[:_SHOWN]!r} is no address such as https://host/maven")
    # What else the graphical step's list may hold is documented nowhere.
    others: Any = raw.get("userPublicRepositories")
    more: list[Any] = others if is_a(others, list) else []
    named: list[str] = [*given, *(one for one in more if _is_address(one))]
    found = list(dict.fromkeys(one.strip() for one in named))
    if len(found) > MAX_REPOSITORIES:
        raise InputError(REPOSITORIES, f"has {len(found)} addresses, {MAX_REPOSITORIES} are allowed")
    return found


def settings_xml(addresses: list[str]) -> str:
    """Maven's settings with these repositories, for dependencies and plugins alike, in one line."""

    def listed(above: str, one: str) -> str:
        parts = [
            f"<{one}><id>public-{number}</id><url>{address.replace('&', '&amp;')}</url></{one}>"
            for number, address in enumerate(addresses, 1)
        ]
        return f"<{above}>{''.join(parts)}</{above}>"

    profile = (
        "<id>bottega</id>"
        + listed("repositories", "repository")
        + listed("pluginRepositories", "pluginRepository")
    )
    return (
        f"<settings><profiles><profile>{profile}</profile></profiles>"
        "<activeProfiles><activeProfile>bottega</activeProfile></activeProfiles></settings>"
    )


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _URL.fullmatch(value.strip()) is not None
