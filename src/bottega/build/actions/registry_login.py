"""Credentials for registries: kept in one file of the attempt that only its engine sees, and in no argument list."""

from __future__ import annotations

import base64
import json
import re

from bottega.build.actions.base import fail
from bottega.build.actions.containers import names_private, put_in
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.docker_commands import DockerCommand

EMPTY = "DEV.CB.02101217"
"""The reference's code for a registry's user or password that is empty (section 3.4)."""
DOCKER_HUB = "docker.io"
_REGISTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?", re.ASCII)
_WRITE = "umask 077; cat >/containers/auth.json.new && mv -f /containers/auth.json.new /containers/auth.json"
# Only the answer of the registry is wanted; what counts is the file that is written afterwards.
_TRY = (
    'f=/tmp/auth.json; umask 077; echo "{}" >"$f"; '
    'engine login --authfile "$f" --username "$1" --password-stdin "$2" 2>&1; code=$?; rm -f "$f"; exit $code'
)


def log_in(ctx: StepContext, written: DockerCommand) -> int:
    """``docker login``. Raises InputError."""
    place = f"line {written.line}"
    if any(names_private(ctx, word) for word in written.words):
        raise InputError("command", f"{place}: the registry's name cannot be a private parameter")
    user = put_in(ctx, written.option("--username"), "command", place)
    password = put_in(ctx, written.option("--password"), "command", place)
    registry = registry_of(put_in(ctx, written.words[0], "command", place) if written.words else "", place)
    for what, value in (("user", user), ("password", password)):
        if not value or "\n" in value:
            return fail(ctx, f"{EMPTY} the registry's {what} is empty or has more than one line")
    if written.option("--password") and not names_private(ctx, written.option("--password")):
        ctx.log(
            "WARN", "the password is written in the step, for all to see: put it into a private parameter"
        )
    ctx.log("INFO", f"docker login {registry}")
    if ctx.is_private(user):
        # The engine wants the name as an argument, and everybody on the host can read those.
        ctx.log(
            "INFO", "the user is a private parameter: the first push or pull will tell whether it is right"
        )
    else:
        code = ctx.run_engine(_TRY, [user, registry], stdin=password.encode())
        if code:
            return fail(ctx, f"{place}: docker login {registry} failed: {ctx.complaint()}", code)
    return remember(ctx, registry, user, password)


def remember(ctx: StepContext, registry: str, user: str, password: str) -> int:
    """Use these credentials for pushes and pulls from now on. Returns an exit code."""
    ctx.containers.credentials[registry] = (user, password)
    return _write(ctx)


def log_out(ctx: StepContext, registry: str) -> int:
    """``docker logout``."""
    if ctx.containers.credentials.pop(registry or DOCKER_HUB, None) is None:
        ctx.log("WARN", f"not logged in at {registry or DOCKER_HUB}")
    return _write(ctx)


def registry_of(text: str, place: str) -> str:
    """The registry that was named, without scheme and path; Docker Hub when none was. Raises InputError."""
    found = text.removeprefix("https://").removeprefix("http://").partition("/")[0]
    if found in ("", "index.docker.io", "registry-1.docker.io"):
        return DOCKER_HUB
    if not _REGISTRY.fullmatch(found):
        raise InputError("command", f"{place}: {found[:80]!r} is no registry")
    return found


def _write(ctx: StepContext) -> int:
    auths = {
        registry: {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}
        for registry, (user, password) in ctx.containers.credentials.items()
    }
    return ctx.run_engine(_WRITE, stdin=json.dumps({"auths": auths}).encode())
