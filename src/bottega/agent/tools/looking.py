"""``python -I -m bottega.agent.tools.looking``: what tools the steps of this host find, asked inside the sandbox.

Standard input has ``{"facilities": …, "paths": […], "folder": …}`` as JSON, standard output gets ``tools`` and the
``engine`` for containers, which is tried where builds work, below ``folder``. It is a process of its own because a step
is forked, and the agent has threads.
"""

from __future__ import annotations

import json
import os
import re
import sys

from bottega.agent.containers.engine import NAME, Engine
from bottega.agent.containers.probing import look as look_for_engine
from bottega.agent.interruptible import end_while_waiting, waited
from bottega.agent.lifetime import end_with_parent_process
from bottega.agent.runner.environment import PATH
from bottega.agent.sandbox import Bind, Command, Facilities, Limits, Sandbox
from bottega.agent.tools.tool import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKING_SECONDS = 60.0
"""For all tools together; what is not known by then is not offered."""
JDK_FOLDERS = ("/usr/lib/jvm", "/usr/local/lib/jvm", "/usr/lib64/jvm")
PROGRAMS = {
    "maven": ("mvn", "-v", r"Apache Maven ([0-9][\w.]*)"),
    "gradle": ("gradle", "--version", r"Gradle ([0-9][\w.]*)"),
    "ant": ("ant", "-version", r"version ([0-9][\w.]*)"),
    "node": ("node", "--version", r"v([0-9][\w.]*)"),
    "npm": ("npm", "--version", r"\b([0-9]+\.[\w.]*)"),
    "yarn": ("yarn", "--version", r"\b([0-9]+\.[\w.]*)"),
    "go": ("go", "version", r"go([0-9][\w.]*)"),
    "python": ("python3", "--version", r"Python ([0-9][\w.]*)"),
    "cmake": ("cmake", "--version", r"version ([0-9][\w.]*)"),
    "gcc": ("gcc", "-dumpfullversion", r"\b([0-9]+[\w.]*)"),
    "php": ("php", "--version", r"PHP ([0-9][\w.]*)"),
}
"""Tool: the program, the argument that makes it tell its version, and where in what it says that is."""

# An ordinary user that owns nothing: nothing shall be run as a slot's uid.
_NOBODY = 65534
_LIMITS = Limits(
    cpus=2, memory_bytes=2 << 30, pids=512, file_bytes=64 << 20, tmp_bytes=64 << 20, home_bytes=64 << 20
)
# The JDK that "java" is comes first. Its version is in a file: starting each of them would take a second.
_SCRIPT = r"""
default=$(readlink -f "$(command -v java)" 2>/dev/null)
default=${default%/bin/java}
jdk() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  printf 'jdk\t%s\t%s\n' "$1" "$(grep -m1 '^JAVA_VERSION=' "$1/release")"
}
[ -z "$default" ] || jdk "$default"
for folder in @folders; do
  for home in "$folder"/*; do
    if [ ! -L "$home" ] && [ "$home" != "$default" ]; then jdk "$home"; fi
  done
done
one() {
  path=$(command -v "$2") || return 0
  text=$(timeout 15 "$path" "$3" 2>&1 </dev/null | head -c 600 | tr '\n\t' '  ')
  printf '%s\t%s\t%s\n' "$1" "$path" "$text"
}
"""


def script() -> str:
    """What asks for all tools: a line for each, with its name, where it is, and what it says of its version."""
    asked = "".join(f"one {name} {program} {argument}\n" for name, (program, argument, _) in PROGRAMS.items())
    return _SCRIPT.replace("@folders", " ".join(JDK_FOLDERS)) + asked


def read(answer: str) -> list[Tool]:
    """The tools in the script's answer; a line that cannot be understood is left out."""
    tools: list[Tool] = []
    for line in answer.splitlines():
        name, _, rest = line.partition("\t")
        place, _, text = rest.partition("\t")
        pattern = r'JAVA_VERSION="([0-9][\w.]*)' if name == "jdk" else PROGRAMS.get(name, ("", "", "$^"))[2]
        found = re.search(pattern, text)
        if found is not None and place.startswith("/"):
            home = place if name == "jdk" else os.path.dirname(place)  # noqa: PTH120 - a path inside the sandbox
            tools.append(Tool(name, found[1][:32], home))
    return tools


def look(facilities: Facilities, paths: Sequence[str]) -> list[Tool]:
    """Ask inside a sandbox that shows ``paths`` too. Raises SandboxUnavailable."""
    output = os.memfd_create("bottega-tools", os.MFD_CLOEXEC)
    try:
        sandbox = Sandbox(
            facilities=facilities,
            # Nothing is written, and every user can reach it.
            workspace="/usr/share",
            limits=_LIMITS,
            uid=_NOBODY if facilities.own_uid else None,
            binds=[Bind(path, path) for path in paths],
            name=f"tools-{os.getpid()}",
        )
        env = {"PATH": PATH, "HOME": sandbox.path("/home/build"), "LANG": "C.UTF-8"}
        try:
            running = sandbox.start(Command(["/bin/sh", "-c", script()], env, network=False), output)
            if waited(running, LOOKING_SECONDS) is None:
                running.kill()
        finally:
            sandbox.close()
        return read(os.pread(output, 1 << 16, 0).decode("utf-8", "replace"))
    finally:
        os.close(output)


def engine_tool(engine: Engine) -> list[Tool]:
    """The engine as a tool, to be offered and demanded like the others; none when it cannot be used."""
    if engine.missing:
        return []
    return [Tool(NAME, engine.version, os.path.dirname(engine.program))]  # noqa: PTH120


def main() -> None:
    """Answer the one question on standard input. SIGTERM, or its parent's end, ends it and what it began."""
    end_with_parent_process()
    asked = json.load(sys.stdin)
    end_while_waiting()
    facilities = Facilities.from_dict(asked["facilities"])
    engine = look_for_engine(facilities, asked["folder"])
    tools = [*look(facilities, asked["paths"]), *engine_tool(engine)]
    answer = {"tools": [tool.to_dict() for tool in tools], "engine": engine.to_dict()}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
