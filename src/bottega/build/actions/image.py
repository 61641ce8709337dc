"""The tool environment of a step: its ``image`` names tools, and the step gets those of the agent's host."""

from __future__ import annotations

import os
import re

from bottega.agent.containers.engine import NAME as ENGINE
from bottega.agent.tools.images import container_image, image_text, parse
from bottega.agent.tools.versions import fits, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.agent.tools.tool import Tool

_SHOWN = 200
_VERSION = re.compile(r"[0-9][0-9.]{0,22}", re.ASCII)


def version_of(value: object) -> str:
    """The version in an input such as ``openjdk-1.8``; empty when there is none."""
    found = _VERSION.search(str(value)) if isinstance(value, str | int | float) else None
    return found[0].rstrip(".") if found else ""


def demands_with(raw: Mapping[str, Any], versions: Mapping[str, str]) -> list[str]:
    """What :func:`image_demands` says, where ``versions`` of tools go before those of the image."""
    asked = [one for one in image_demands(raw) if one.partition("=")[0] not in versions]
    if container_image(image_text(raw.get("image"))):
        return asked
    return [*asked, *(f"{name}={version}" for name, version in versions.items())]


def image_demands(raw: Mapping[str, Any]) -> list[str]:
    """What a step with these inputs asks of an agent: ``jdk=17``, or ``maven`` when any version will do."""
    if container_image(image_text(raw.get("image"))):
        # The image brings its tools.
        return [ENGINE]
    wanted = parse(image_text(raw.get("image")))
    return [f"{name}={version}" if version else name for name, version in wanted.tools]


def own_image(ctx: StepContext) -> str:
    """The container image the step is to run in; empty when it names none, or the agent cannot run any."""
    found = container_image(image_text(ctx.inputs.get("image")))
    return "" if ctx.engine.missing else found


def use_image(ctx: StepContext, versions: Mapping[str, str] | None = None) -> str:
    """Put the tools that the step's ``image`` asks for in front of its PATH; for all actions that may have one.

    ``versions`` of tools that other inputs ask for go before those of the image. The log says what the step gets.
    Returns why the step must not run, which is empty unless the agent is strict.
    """
    text = image_text(ctx.inputs.get("image"))
    asked = versions or {}
    if not text and not asked:
        return ""
    tools, wanted, shown = ctx.tools, parse(text), text[:_SHOWN]
    if container_image(text) and (refusal := _without_engine(ctx, shown)):
        return refusal
    image = f"image {shown!r}"
    of_inputs = [(f"the input {name}", name, version) for name, version in asked.items()]
    if tools is None or not (wanted.tools or wanted.unknown or wanted.address or asked):
        for what in [*([image] if text else []), *(what for what, *_ in of_inputs)]:
            ctx.log("INFO", f"{what} is not used: the command runs with the tools of the agent's host")
        return ""
    if wanted.unknown:
        words = ", ".join(repr(word[:_SHOWN]) for word in wanted.unknown)
        ctx.log("INFO", f"{image}: no tools are known by the name {words}")
    of_image = [(image, name, version) for name, version in wanted.tools if name not in asked]
    for what, name, version in [*of_image, *of_inputs]:
        if refusal := _use(ctx, what, name, version, tools):
            return refusal
    return ""


def _without_engine(ctx: StepContext, shown: str) -> str:
    missing = f"this agent has no container engine: {ctx.engine.missing}"
    said = f"the step cannot run in image {shown!r}: {missing}"
    if ctx.strict:
        ctx.log("ERROR", said)
        return said
    ctx.log("WARN", f"{said}; it runs with the tools of the agent's host")
    return ""


def _use(ctx: StepContext, what: str, name: str, version: str, tools: Sequence[Tool]) -> str:
    asked = f"{name} {version}".rstrip()
    tool = nearest(name, version, tools)
    fitting = tool is not None and fits(name, version, tool.version)
    if not fitting and ctx.strict:
        reason = f"{what} asks for {asked}, and this agent has {_has(name, tools)}"
        ctx.log("ERROR", f"{reason} (agent.image_match is strict)")
        return reason
    if tool is None:
        ctx.log("WARN", f"{what} asks for {asked}, and this agent does not know of any")
        return ""
    instead = "" if fitting else f" in place of the {version} that {what} asks for"
    ctx.log("INFO" if fitting else "WARN", f"{name} {tool.version} of {tool.home}{instead}")
    _put_first(ctx, tool)
    return ""


def _has(name: str, tools: Sequence[Tool]) -> str:
    return ", ".join(tool.version for tool in tools if tool.name == name) or "none"


def _put_first(ctx: StepContext, tool: Tool) -> None:
    env = ctx.env
    if tool.name == "jdk" and "JAVA_HOME" not in env:
        # A task that sets it by a parameter means it.
        ctx.set_own_env("JAVA_HOME", tool.home)
    path = env["PATH"].split(":")
    folder = f"{tool.home}/bin" if os.path.isdir(f"{tool.home}/bin") else tool.home  # noqa: PTH112 - import time
    # What is on the path already is found by its place there: in front it would hide the tools before it.
    if folder not in path:
        ctx.set_own_env("PATH", ":".join([folder, *path]))
