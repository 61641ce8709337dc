"""Trying the container engine in the sandbox, with a container that runs a program of the host."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from bottega.agent.containers.engine import NAME, Engine
from bottega.agent.containers.folders import prepare
from bottega.agent.containers.registries import configuration
from bottega.agent.interruptible import waited
from bottega.agent.runner.environment import PATH
from bottega.agent.sandbox import Command, Facilities, Level, Limits, Sandbox, SandboxUnavailable
from bottega.agent.spool import delete_folder

TRYING_SECONDS = 20.0
"""For each way to store images."""
TOO_SLOW = "it did not end in time"
DRIVERS = ("overlay", "vfs")
"""The first needs a file system and a kernel that can; the second copies a whole image for each layer."""

# An ordinary user that owns nothing: nothing shall be run as a slot's uid.
_NOBODY = 65534
_LIMITS = Limits(
    cpus=2, memory_bytes=1 << 30, pids=256, file_bytes=64 << 20, tmp_bytes=64 << 20, home_bytes=64 << 20
)
_SCRIPT = """set -e
container=$(engine from scratch)
root=$(engine mount "$container")
mkdir "$root/usr"
for one in bin lib lib64; do
    if [ -L "/$one" ]; then cp -P "/$one" "$root/$one"; fi
done
engine run -v /usr:/usr:ro "$container" -- /usr/bin/true
engine --version
"""
_COMPLAINT = 200
_PREFIX = "engine-trial-"


def look(facilities: Facilities, folder: str) -> Engine:
    """What of an engine there is for builds that work in ``folder``."""
    if not facilities.nests:
        return Engine(missing=_why_not(facilities))
    program = shutil.which(NAME, path=PATH)
    if program is None or not program.startswith("/usr/"):
        return Engine(missing=f"{NAME} is not installed")
    if not os.path.exists("/usr/bin/unshare"):  # noqa: PTH110 - a text
        return Engine(missing="unshare of util-linux is not installed")
    for left in Path(folder).glob(f"{_PREFIX}*"):
        # Of an agent that was killed while it tried.
        with contextlib.suppress(OSError):
            delete_folder(str(left))
    complaint = ""
    for driver in DRIVERS:
        try:
            code, said = _try(Engine(program, "", driver, ""), facilities, folder)
        except OSError as error:
            # Tools are looked for all the same.
            return Engine(missing=f"{NAME} cannot be tried: {error.strerror}")
        if code == 0:
            # "buildah version 1.28.2 (image-spec …"
            words = said[-1].split() if said else []
            return Engine(program, words[2][:32] if len(words) > 2 else "0", driver, "")  # noqa: PLR2004
        complaint = said[-1][:_COMPLAINT] if said else f"exit code {code}"
    return Engine(missing=f"{NAME} does not work in the sandbox: {complaint}")


def _why_not(facilities: Facilities) -> str:
    if facilities.level is not Level.BUBBLEWRAP:
        return f"the engine needs the sandbox bubblewrap, and this host has {facilities.level}"
    if facilities.root_mode != "userns":
        return "the engine needs user namespaces, which this host does not allow"
    return "the engine needs a system call filter, and there is none for this processor"


def _try(engine: Engine, facilities: Facilities, folder: str) -> tuple[int, list[str]]:
    """Exit code and lines of output."""
    output = os.memfd_create("bottega-containers", os.MFD_CLOEXEC)
    place = tempfile.mkdtemp(prefix=_PREFIX, dir=folder)
    try:
        binds = prepare(place, _NOBODY if facilities.own_uid else None, configuration((), {}))
        sandbox = Sandbox(
            facilities=facilities,
            workspace="/usr/share",
            limits=_LIMITS,
            uid=_NOBODY if facilities.own_uid else None,
            name=f"containers-{os.getpid()}",
        )
        command = Command(
            engine.shell(_SCRIPT),
            engine.environment({"PATH": PATH, "HOME": "/home/build", "LANG": "C.UTF-8"}),
            network=False,
            nested=True,
            binds=binds,
        )
        try:
            running = sandbox.start(command, output)
            code = waited(running, TRYING_SECONDS)
            if code is None:
                running.kill()
                return 1, [TOO_SLOW]
        finally:
            sandbox.close()
        said = os.pread(output, 1 << 16, 0).decode("utf-8", "replace").splitlines()
    except SandboxUnavailable as error:
        return 1, [str(error)]
    else:
        return code, said
    finally:
        os.close(output)
        # Some of its folders are closed even to their owner.
        with contextlib.suppress(OSError):
            delete_folder(place)
