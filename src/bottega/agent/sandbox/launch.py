"""The last acts of a step's process before it becomes the step (or bubblewrap).

All of it is done between fork and exec in the process itself, in this order: new session, control groups,
resource limits, change of uid, working folder, descriptors, no-new-privileges, Landlock, seccomp, exec. That
saves the three programs (sh, prlimit, setpriv) that would otherwise be executed one after the other, and it
is safe because the runner and its guardian have a single thread: no lock can be held by a thread that the
child does not have.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal

from . import kernel, landlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Exit code of a step whose sandbox could not be built, as container engines use it.
SETUP_FAILED = 125
_CANNOT_EXECUTE, _NOT_FOUND = 126, 127

_HIGH_FD = 64
_SOFT_OPEN_FILES = 1024
# The kernel shall take a build before the agent when the whole host runs out of memory.
_OOM_SCORE = "500"
_NICE = 5


class Launch:
    """Everything the process needs, prepared by the runner. ``files`` maps descriptors inside to ours."""

    def __init__(
        self,
        *,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str,
        files: Mapping[int, int],
        uid: int | None,
        join: Sequence[str],
        limits: Mapping[int, int],
        nice: bool,
        rules: LandlockRules | None = None,
        filter_program: bytes = b"",
        mounts: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.argv = argv
        self.env = env
        self.cwd = cwd
        self.files = files
        self.uid = uid
        self.join = join
        self.limits = limits
        self.nice = nice
        self.rules = rules
        self.filter_program = filter_program
        self.mounts = mounts


class LandlockRules:
    """What a step at level landlock may reach."""

    def __init__(
        self, readable: Sequence[str], writable: Sequence[str], devices: Sequence[str], network: bool
    ) -> None:
        self.readable = readable
        self.writable = writable
        self.devices = devices
        self.network = network


def become(launch: Launch, status_fd: int) -> None:
    """Turn this process into the step; never returns. Why it failed goes to ``status_fd`` as a JSON line."""
    guardian = os.getppid()
    status_fd = fcntl.fcntl(status_fd, fcntl.F_DUPFD_CLOEXEC, _HIGH_FD)
    try:
        _prepare(launch)
        kernel.die_with_parent(signal.SIGKILL)
        if os.getppid() != guardian:
            os._exit(SETUP_FAILED)
    except (OSError, ValueError) as error:
        os.write(status_fd, json.dumps({"failure": str(error)}).encode() + b"\n")
        os._exit(SETUP_FAILED)
    try:
        os.execvpe(launch.argv[0], list(launch.argv), dict(launch.env))  # noqa: S606 - no shell is the point
    except OSError as error:
        os.write(2, f"{launch.argv[0]}: {error.strerror}\n".encode(errors="replace"))
        os._exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _CANNOT_EXECUTE)


def _prepare(launch: Launch) -> None:
    os.setsid()
    for path in launch.join:
        _join(path)
    _restore_signals()
    os.umask(0o022)
    _prefer_others(launch.nice)
    rules = _open_rules(launch.rules)
    for kind, ceiling in launch.limits.items():
        _lower_limit(kind, ceiling)
    if launch.mounts:
        _show(launch.mounts)
    if launch.uid is not None:
        os.setgroups([])
        os.setresgid(launch.uid, launch.uid, launch.uid)
        os.setresuid(launch.uid, launch.uid, launch.uid)
    os.chdir(launch.cwd)
    _place(launch.files)
    kernel.forbid_new_privileges()
    if rules is not None:
        landlock.restrict(rules)
    if launch.filter_program:
        kernel.apply_seccomp(launch.filter_program)


def _join(path: str) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    os.write(opened, b"0")
    os.close(opened)


def _show(mounts: Sequence[tuple[str, str]]) -> None:
    try:
        kernel.leave_mounts()
        for source, place in mounts:
            kernel.bind_mount(source, place)
    except OSError as error:
        listed = ", ".join(source for source, _ in mounts)
        raise OSError(
            f"the user of the steps cannot pass to {listed}, and this host does not let it be shown otherwise "
            f"({error.strerror}): the folders above need mode o+x"
        ) from None


def _restore_signals() -> None:
    # Python ignores SIGPIPE and SIGXFSZ, and what is ignored stays ignored after exec.
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _prefer_others(nice: bool) -> None:
    if nice:
        os.nice(_NICE)
    try:
        opened = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return
    os.write(opened, _OOM_SCORE.encode())
    os.close(opened)


def _open_rules(rules: LandlockRules | None) -> int | None:
    if rules is None:
        return None
    return landlock.ruleset(
        readable=rules.readable, writable=rules.writable, devices=rules.devices, network=rules.network
    )


def _lower_limit(kind: int, ceiling: int) -> None:
    _, hard = resource.getrlimit(kind)
    # Never above the own hard limit: raising it needs a capability that even root may lack.
    value = ceiling if hard == resource.RLIM_INFINITY else min(ceiling, hard)
    soft = min(value, _SOFT_OPEN_FILES) if kind == resource.RLIMIT_NOFILE else value
    resource.setrlimit(kind, (soft, value))


def _place(files: Mapping[int, int]) -> None:
    # First all out of the way, so that no target overwrites a source that is still needed.
    high = {target: fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, _HIGH_FD) for target, source in files.items()}
    for target, source in high.items():
        os.dup2(source, target)
