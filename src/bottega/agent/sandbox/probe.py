"""Finding the strongest level of isolation that really works on this host."""

from __future__ import annotations

import json
import os
import sys
import time

from . import cgroup_mode, landlock, seccomp
from .facilities import Facilities, Level, SandboxUnavailable
from .limits import Limits
from .sandbox import Sandbox
from .step import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# An ordinary user that owns nothing: a probe shall not run as a slot's uid.
_PROBE_UID = 65534
_TRIAL_SECONDS = 10.0
_LIMITS = Limits(
    cpus=1, memory_bytes=64 << 20, pids=64, file_bytes=1 << 20, tmp_bytes=1 << 20, home_bytes=1 << 20
)
_ABI_TCP, _ABI_SCOPES = 4, 6
_CHILD = "import sys; from bottega.agent.sandbox.probe import report; report(*sys.argv[1:])"


def probe(path: str | None = None) -> Facilities:
    """Try the levels from the strongest down and return the first that runs a program.

    ``path`` is used instead of PATH to find bubblewrap. As a side effect the agent takes over a control group
    that was delegated to it. A caller with several threads gets the answer from a fresh process, because a
    trial forks. Raises SandboxUnavailable when not even the weakest level works, for instance as root
    without the right to change the uid.
    """
    if len(os.listdir("/proc/self/task")) == 1:  # noqa: PTH208 - import time
        return _probe(path)
    import subprocess  # noqa: PLC0415 - only the agent pays for it, not every runner

    child = subprocess.run(
        [sys.executable, "-I", "-c", _CHILD, *([path] if path is not None else [])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    answer = json.loads(child.stdout)
    if "unavailable" in answer:
        raise SandboxUnavailable(answer["unavailable"])
    return Facilities.from_dict(answer)


def report(path: str | None = None) -> None:
    """Print the outcome of a probe as JSON, for a caller in another process."""
    try:
        answer = probe(path).to_dict()
    except SandboxUnavailable as error:
        answer = {"unavailable": str(error)}
    sys.stdout.write(json.dumps(answer))


def _probe(path: str | None) -> Facilities:
    notes: list[str] = []
    cgroup = cgroup_mode.choose(notes)
    own_uid = os.geteuid() == 0
    if not own_uid:
        notes.append("the agent is not root: builds share its uid")
    failures: list[str] = []
    for mode in (cgroup, "none"):
        for candidate in _candidates(path, mode, own_uid, notes):
            failure = _trial(candidate)
            if not failure:
                return candidate.replace(notes=[*notes, *_gaps(candidate)])
            failures.append(f"{candidate.describe()} does not work: {failure}")
            notes.append(failures[-1])
    raise SandboxUnavailable("no level of isolation works on this host: " + "; ".join(failures))


def _candidates(path: str | None, cgroup: str, own_uid: bool, notes: list[str]) -> Iterator[Facilities]:
    """From the strongest to the weakest; why a level is no candidate is added to ``notes``."""
    import shutil  # noqa: PLC0415 - only the agent pays for it, not every runner

    filtered, abi = seccomp.supported(), landlock.abi()
    program = shutil.which("bwrap", path=path)
    if program is None:
        notes.append("bubblewrap is not installed")
    else:
        modes = [("userns", True), ("userns", False), *([("caps", False)] if own_uid else [])]
        for root_mode, disable_userns in modes:
            yield Facilities(
                level=Level.BUBBLEWRAP,
                seccomp=filtered,
                cgroup=cgroup,
                own_uid=own_uid,
                landlock_abi=abi,
                root_mode=root_mode,
                notes=[],
                bubblewrap=os.path.abspath(program),  # noqa: PTH100 - import time
                disable_userns=disable_userns,
            )
    levels = [Level.LANDLOCK, Level.PROCESS] if abi else [Level.PROCESS]
    if not abi:
        notes.append("Landlock is not active in this kernel")
    for level in levels:
        yield Facilities(
            level=level,
            seccomp=filtered,
            cgroup=cgroup,
            own_uid=own_uid,
            landlock_abi=abi,
            root_mode="",
            notes=[],
        )


def _gaps(facilities: Facilities) -> list[str]:
    """What the chosen level leaves open."""
    gaps: list[str] = []
    if not facilities.seccomp:
        gaps.append(f"no system call filter for {os.uname().machine}")
    if (
        facilities.level is Level.BUBBLEWRAP
        and facilities.root_mode == "userns"
        and not facilities.disable_userns
    ):
        gaps.append("this bubblewrap cannot forbid further user namespaces; only the system call filter does")
    if not facilities.own_uid and facilities.cgroup in ("none", "v2-kill"):
        gaps.append("the number of processes is limited together with all others of the agent's uid")
    if facilities.level is Level.LANDLOCK:
        gaps.append(
            "unix sockets of the host can be reached by path and command lines of the host can be read"
        )
        if facilities.landlock_abi < _ABI_SCOPES:
            gaps.append("signals and abstract unix sockets are not restricted (Landlock ABI below 6)")
        if not facilities.seccomp:
            part = "UDP stays" if facilities.landlock_abi >= _ABI_TCP else "TCP and UDP stay"
            gaps.append(f"{part} open for steps without network")
    if facilities.level is Level.PROCESS:
        gaps.append("steps see the files, processes and network of the host")
    return gaps


def _trial(candidate: Facilities) -> str:
    """Run ``true`` with everything a step gets; empty when it worked, else why not."""
    program = "/usr/bin/true" if os.path.exists("/usr/bin/true") else "/bin/true"  # noqa: PTH110
    output = os.memfd_create("bottega-probe", os.MFD_CLOEXEC)
    try:
        sandbox = Sandbox(
            facilities=candidate,
            # Nothing is written, and every user can reach it, unlike a folder for temporary files.
            workspace="/usr/share",
            limits=_LIMITS,
            uid=_PROBE_UID if candidate.own_uid else None,
            name=f"probe-{os.getpid()}",
        )
        try:
            running = sandbox.start(Command([program], {}, network=False), output)
            running.wait_until(time.monotonic() + _TRIAL_SECONDS)
            code = running.poll()
        finally:
            sandbox.close()
    except SandboxUnavailable as error:
        return str(error)
    else:
        said = os.pread(output, 1000, 0).decode(errors="replace").strip().replace("\n", "; ")
        if code == 0:
            return ""
        return said or running.failure or f"exit code {code}"
    finally:
        os.close(output)
