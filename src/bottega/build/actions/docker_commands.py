"""The docker commands that steps may use, with those of their options that the engine has too."""

from __future__ import annotations

import re

from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Name of an option: how the engine calls it. An empty name is an option that changes nothing here.
_BUILD_VALUES = {
    "-t": "--tag",
    "--tag": "--tag",
    "-f": "--file",
    "--file": "--file",
    "--build-arg": "--build-arg",
    "--label": "--label",
    "--target": "--target",
    "--add-host": "--add-host",
    "--network": "",
    "--progress": "",
    "--platform": "--platform",
}
_BUILD_FLAGS = {
    "--no-cache": "--no-cache",
    "--pull": "--pull-always",
    "--squash": "--squash",
    "-q": "--quiet",
    "--quiet": "--quiet",
    "--rm": "",
    "--force-rm": "",
    "--compress": "",
}
_QUIET = {"-q": "--quiet", "--quiet": "--quiet"}
_USER = {"-u": "--username", "--username": "--username", "-p": "--password", "--password": "--password"}
_OUTPUT = {"-o": "--output", "--output": "--output"}

GRAMMAR: Mapping[str, tuple[Mapping[str, str], Mapping[str, str], int, int]] = {
    "build": (_BUILD_VALUES, _BUILD_FLAGS, 1, 1),
    "tag": ({}, {}, 2, 2),
    "push": ({}, _QUIET, 1, 1),
    "pull": ({"--platform": "--platform"}, _QUIET, 1, 1),
    "login": (_USER, {}, 0, 1),
    "logout": ({}, {}, 0, 1),
    "save": (_OUTPUT, {}, 1, 1),
}
"""Command: options with a value, options without, and how many other words there have to be."""

_ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# Build arguments reach the engine through its environment, where these mean something else to it.
_TAKEN = re.compile(
    r"PATH|HOME|USER|TMPDIR|LANG|LD_.*|(_CONTAINERS|BUILDAH|STORAGE|REGISTRY|CONTAINERS|GO).*"
)
_SHOWN = 40


class DockerCommand:
    """One command. ``options`` are pairs of the engine's name and a value, which is empty for flags."""

    __slots__ = ("line", "name", "options", "words")

    def __init__(self, name: str, options: list[tuple[str, str]], words: list[str], line: int) -> None:
        self.name = name
        self.options = options
        self.words = words
        self.line = line

    def option(self, name: str) -> str:
        """The value of an option, the last where it is given several times; empty without."""
        return next((value for given, value in reversed(self.options) if given == name), "")

    def filled(self, put_in: Callable[[str], str]) -> DockerCommand:
        """The same with parameters put into every word."""
        options = [(name, put_in(value)) for name, value in self.options]
        return DockerCommand(self.name, options, [put_in(word) for word in self.words], self.line)


def read(words: list[str], line: int) -> DockerCommand:
    """A command from its words without ``docker``, the first of which is one of ``GRAMMAR``. Raises InputError."""
    name = words[0]
    values, flags, fewest, most = GRAMMAR[name]
    options: list[tuple[str, str]] = []
    others: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if not word.startswith("-") or word == "-":
            others.append(word)
            continue
        option, given, value = word.partition("=")
        if option in values:
            if not given:
                value = next(rest, None)
                if value is None:
                    raise _wrong(line, name, f"{option} needs a value")
            options.append((values[option], value))
        elif option in flags and value in ("", "true", "false"):
            options += [(flags[option], "")] if value != "false" else []
        else:
            raise _wrong(line, name, f"knows no {word[:_SHOWN]!r} here")
    if name == "save" and len(others) == 3 and others[1] == ">":  # noqa: PLR2004 - as people write it for a shell
        options.append(("--output", others[2]))
        del others[1:]
    if not fewest <= len(others) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} or {most}"
        raise _wrong(line, name, f"takes {wanted} names, not {len(others)}")
    return DockerCommand(name, [pair for pair in options if pair[0]], others, line)


def build_arguments(
    command: DockerCommand, parameters: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """The engine's arguments for ``build``, and variables for it: a build argument may be a secret, and argument lists
    can be read by everybody. One without a value has that of the parameter of its name. Raises InputError.
    """
    arguments: list[str] = []
    env: dict[str, str] = {}
    for name, value in command.options:
        if name == "--build-arg":
            argument, given, content = value.partition("=")
            if not _ARGUMENT.fullmatch(argument) or _TAKEN.fullmatch(argument):
                raise _wrong(command.line, "build", f"can have no build argument {argument[:_SHOWN]!r}")
            env[argument] = content if given else parameters.get(argument, "")
            arguments += [name, argument]
        else:
            arguments += [name] if name in _BUILD_FLAGS.values() else [name, value]
    return [*arguments, "--", *command.words], env


def _wrong(line: int, name: str, what: str) -> InputError:
    return InputError("command", f"line {line}: docker {name} {what}")
