"""Running a step's script in a container image, with the workspace and the step's variables."""

from __future__ import annotations

import re

from bottega.build.actions.base import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from bottega.agent.runner.context import StepContext

_OTHER_PROCESSOR, _NO_IMAGE = 93, 94
# Arguments: name of the container, image, folder for what it shares with us. Variables come on standard input.
_GET = f"""
mkdir -p "$3" && (umask 077; cat >"$3/variables") || exit
engine from --name "$1" -- "$2" >/dev/null || exit {_NO_IMAGE}
made=$(engine inspect --format '{{{{.OCIv1.Architecture}}}}' "$1") || exit
case $(uname -m) in x86_64) here=amd64 ;; aarch64) here=arm64 ;; *) here=$made ;; esac
[ -z "$made" ] || [ "$made" = "$here" ] || {{
    echo "image is for $made, and this agent is $here"
    exit {_OTHER_PROCESSOR}
}}
"""
# Further arguments are volumes. The exit code comes by a file, for the engine would say it in lines of the log; and
# what is written by a pipe of ours, for of what the engine hands on the end may be missing. Who still has that pipe
# when the script has ended is not waited for.
_RUN = """
name=$1 shared=$2
shift 2
mkfifo "$shared/output" || exit
exec 4<>"$shared/output"
cat "$shared/output" 4>&- &
reader=$!
engine run --user 0:0 "$@" -v /workspace:/workspace -v "$shared:/run/bottega" --workingdir /workspace "$name" -- \
    /bin/sh -c '
exec >/run/bottega/output 2>&1
. /run/bottega/variables
mkdir -p "$HOME"
rm -f /run/bottega/variables
if command -v bash >/dev/null; then bash -e /dev/fd/3 3<&0 </dev/null; else sh -e /dev/fd/3 3<&0 </dev/null; fi
echo "$?" >/run/bottega/code' 4>&-
code=$?
exec 4>&-
(sleep 3; kill -s PIPE "$reader") 2>/dev/null &
wait "$reader"
[ ! -s "$shared/code" ] || read -r code <"$shared/code"
engine rm "$name" >/dev/null
exit "$code"
"""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# Of the host, or known to the image better; the last are those that a shell does not let anybody set.
_NOT_PASSED = frozenset(
    {"PATH", "USER", "LOGNAME", "TMPDIR", "UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS"}
    | {"BASH_VERSINFO", "_"}
)
# Whoever an image names as its user: there is but one here, and it is root to itself.
_HOME = "/root"
_SHOWN = 200


def run(ctx: StepContext, image: str, script: bytes) -> int:
    """Get the image and run the script in it as ``sh`` does; returns the exit code."""
    shown = image[:_SHOWN]
    containers = ctx.containers
    containers.steps += 1
    name = f"step{containers.steps}"
    shared = f"/containers/{name}"
    ctx.log("INFO", f"image {shown!r} is what the step runs in")
    code = ctx.run_engine(_GET, [name, image, shared], stdin=_variables(ctx.env))
    if code == _NO_IMAGE:
        network = "" if ctx.network else "; this build has no network"
        return fail(ctx, f"image {shown!r} cannot be got{network}: {ctx.complaint()}")
    if code == _OTHER_PROCESSOR:
        return fail(ctx, f"the step cannot run in {shown!r}: {ctx.complaint()}")
    if code:
        return fail(ctx, f"image {shown!r} cannot be used: {ctx.complaint()}", code)
    kept = [f"/home/build/{folder}:{_HOME}/{folder}" for folder in ctx.caches.folders]
    volumes = [part for one in kept for part in ("-v", one)]
    return ctx.run_engine(_RUN, [name, shared, *volumes], stdin=script)


def _variables(env: Mapping[str, str]) -> bytes:
    """What sets the step's variables in a shell. They are in a file, for the engine takes them as arguments alone."""
    lines = [
        f"export {name}={_quoted(value)}\n"
        for name, value in {**env, "WORKSPACE": "/workspace", "HOME": _HOME}.items()
        if _NAME.fullmatch(name) and name not in _NOT_PASSED
    ]
    return "".join(lines).encode("utf-8", "replace")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
