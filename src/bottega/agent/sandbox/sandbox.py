"""The sandbox of one attempt."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import stat
import time

from . import bubblewrap, processes, seccomp
from .attempt_group import PREFIX, AttemptGroup
from .facilities import Level, SandboxUnavailable
from .guardian import CLEARING_SECONDS, guard
from .launch import SETUP_FAILED, LandlockRules, Launch
from .passages import opened as opened_passages
from .running import Running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .facilities import Facilities
    from .limits import Limits
    from .step import Bind, Command

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
# Between two looks at a tree that is being killed.
_CHECK_SECONDS = 0.005
_TMP = "/tmp"  # noqa: S108 - the path inside
_READABLE = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32", "/proc")
_DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
)


class Sandbox:
    """Starts the steps of one attempt and kills all of them in the end.

    ``workspace`` is a host folder that belongs to the build's uid. At the levels landlock and process there
    is no private view of the file system: the caller also makes the folders ``home`` and ``tmp`` beside the
    workspace, which stand for /home/build and /tmp, and ``path`` gives the real path of what a step calls
    /workspace, /home/build, /tmp or the target of a bind. Parents must be searchable by the build's uid.

    ``uid`` is the uid of this slot when the agent is root, else None. ``name`` is unique on the host and
    becomes part of the control groups' names.

    Call ``start`` from a process with a single thread: the step is forked, not spawned.
    """

    def __init__(
        self,
        *,
        facilities: Facilities,
        workspace: str,
        limits: Limits,
        uid: int | None,
        binds: Sequence[Bind] = (),
        name: str,
    ) -> None:
        """Make the attempt's control groups.

        Raises ValueError naming a bad argument, SandboxUnavailable when the groups cannot be made.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"name must be 1 to 100 letters, digits, dots, dashes or underscores, not {name!r}"
            )
        if not os.path.isabs(workspace):  # noqa: PTH117 - import time
            raise ValueError(f"workspace must be an absolute path, not {workspace!r}")
        if uid is not None and uid <= 0:
            raise ValueError("uid must not be root")
        if (uid is None) == facilities.own_uid:
            raise ValueError("uid must be given exactly when steps run under their own uid")
        self._facilities = facilities
        self._workspace = workspace
        self._limits = limits
        self._uid = uid
        self._binds = list(binds)
        self._running: list[Running] = []
        self._steps = 0
        self._last_usage: dict[str, float] = {}
        self._closed = False
        self._left = False
        # The runner's identity tells a left-over from a living attempt of another agent.
        folder = f"{PREFIX}{name}.{os.getpid()}.{processes.start_ticks(os.getpid())}"
        self._group = AttemptGroup(facilities.cgroup, folder, limits)

    def add_bind(self, bind: Bind) -> None:
        """Show one more folder to the steps started from now on."""
        self._binds.append(bind)

    def path(self, inside: str) -> str:
        """What a step has to call the path ``inside`` at this level: itself, or the real path on the host."""
        if self._facilities.level is Level.BUBBLEWRAP:
            return inside
        beside = os.path.dirname(self._workspace)  # noqa: PTH120
        views = {"/workspace": self._workspace, bubblewrap.HOME: f"{beside}/home", _TMP: f"{beside}/tmp"}  # noqa: S108
        views.update({bind.target.rstrip("/"): bind.source for bind in self._binds})
        for target in sorted(views, key=len, reverse=True):
            if inside == target or inside.startswith(f"{target}/"):
                return views[target] + inside[len(target) :]
        return inside

    def start(self, command: Command, output: int) -> Running:
        """Start a step with its output and errors going to the descriptor ``output``.

        Raises SandboxUnavailable when this level cannot be given or a bound folder is missing; then nothing
        has been started.
        """
        if self._closed:
            raise SandboxUnavailable("the sandbox of this attempt is closed")
        self._check(command)
        self._steps += 1
        opened: list[int] = []
        try:
            status, status_in = _pipe(opened)
            control, control_in = _pipe(opened)
            leaf = self._group.leaf(self._steps)
            files = {0: _content(command.stdin, opened), 1: output, 2: output}
            launch = self._launch(command, files, status_in, leaf, opened)
            self._give_output(output)
            pid = self._fork(launch, control, status_in, leaf)
        except OSError as error:
            _close(opened)
            raise SandboxUnavailable(f"the step cannot be started: {error}") from error
        except BaseException:
            _close(opened)
            raise
        _close([fd for fd in opened if fd not in (status, control_in)])
        running = Running(
            pid,
            control_fd=control_in,
            status_fd=status,
            leaf=leaf,
            reports_exit=self._wrapped,
            siblings=self._running,
        )
        self._running.append(running)
        return running

    def kill(self) -> bool:
        """SIGKILL every process of the attempt; True when it is proven empty, after at most about 5 s."""
        deadline = time.monotonic() + CLEARING_SECONDS
        for running in self._running:
            if running.poll() is None:
                running.request_kill()
        while not self.is_empty():
            self._group.kill()
            if time.monotonic() > deadline:
                for running in self._running:
                    running.abandon()
                return self.is_empty()
            if self._running:
                self._running[0].wait_until(time.monotonic() + _CHECK_SECONDS)
            else:
                # What is left are nobody's children here, whose end nothing tells.
                time.sleep(_CHECK_SECONDS)
        return True

    def is_empty(self) -> bool:
        """Whether no process of the attempt is left."""
        # In place: every Running knows its siblings by this list.
        over = [running for running in self._running if running.poll() is not None]
        self._running[:] = [running for running in self._running if running not in over]
        self._left = self._left or any(running.left for running in over)
        if self._left:
            # What no guardian could kill has become ours, as the runner is a subreaper.
            self._left = not processes.sweep_orphans(frozenset(running.pid for running in self._running))
        return not self._running and not self._left and not self._group.populated()

    def usage(self) -> dict[str, float]:
        """``cpu_seconds``, ``memory_peak_bytes``, ``oom_kills`` and ``pids_refused`` of the attempt so far.

        Only what control groups count on this host; stays available after ``close``.
        """
        if not self._closed:
            self._last_usage = self._group.usage()
        return dict(self._last_usage)

    def close(self) -> None:
        """Kill what is left and remove the control groups; may be called again."""
        self.kill()
        self.usage()
        if self._group.remove():
            self._closed = True

    @property
    def _wrapped(self) -> bool:
        return self._facilities.level is Level.BUBBLEWRAP

    def _check(self, command: Command) -> None:
        for source in (self._workspace, *(bind.source for bind in (*self._binds, *command.binds))):
            if not os.path.exists(source):  # noqa: PTH110
                raise SandboxUnavailable(f"the folder {source} does not exist")
        level = self._facilities.level
        if command.nested and not self._facilities.nests:
            raise SandboxUnavailable("this sandbox has no room for namespaces of a step's own")
        if level is Level.BUBBLEWRAP and not os.access(self._facilities.bubblewrap, os.X_OK):
            raise SandboxUnavailable("bubblewrap was found at the agent's start and is no longer there")
        if level is not Level.BUBBLEWRAP and not command.network and not self._facilities.seccomp:
            covered = level is Level.LANDLOCK and self._facilities.landlock_abi >= 4  # noqa: PLR2004 - TCP rules
            if not covered:
                raise SandboxUnavailable(f"level {level} cannot switch the network off on this host")

    def _launch(
        self, command: Command, files: dict[int, int], status_in: int, leaf: str, opened: list[int]
    ) -> Launch:
        if not self._wrapped:
            return self._direct(command, files, leaf)
        facilities = self._facilities
        uid = self._uid if self._uid is not None else os.getuid()
        binds: Sequence[Bind] = (*self._binds, *command.binds)
        mounts: list[tuple[str, str]] = []
        if self._uid is not None and facilities.root_mode != "caps":
            binds, mounts = opened_passages(binds, uid, os.path.dirname(self._workspace))  # noqa: PTH120
        listed = bubblewrap.options(
            facilities=facilities,
            limits=self._limits,
            workspace=self._workspace,
            binds=binds,
            command=command,
        )
        files = {
            **files,
            bubblewrap.ARGS_FD: _content(bubblewrap.encode(listed), opened),
            bubblewrap.STATUS_FD: status_in,
            bubblewrap.PASSWD_FD: _content(bubblewrap.passwd(uid), opened),
            bubblewrap.GROUP_FD: _content(bubblewrap.group(uid), opened),
        }
        if facilities.seccomp:
            files[bubblewrap.SECCOMP_FD] = _content(seccomp.program(nested=command.nested), opened)
        return Launch(
            argv=[
                facilities.bubblewrap,
                *("--args", str(bubblewrap.ARGS_FD), "--"),
                *bubblewrap.inner_argv(facilities, uid, command),
            ],
            # The environment bubblewrap is started with can be read inside, at /proc/1/environ.
            env={},
            cwd="/",
            files=files,
            uid=None if facilities.root_mode == "caps" else self._uid,
            join=self._group.join_files(leaf),
            limits=self._resource_limits(),
            nice=not self._group.limits_cpu,
            mounts=mounts,
        )

    def _direct(self, command: Command, files: dict[int, int], leaf: str) -> Launch:
        facilities = self._facilities
        rules, env = None, command.env
        binds = (*self._binds, *command.binds)
        if facilities.level is Level.LANDLOCK:
            # git ends when it finds a configuration of the host that it may not read.
            env = {"GIT_CONFIG_NOSYSTEM": "1", **env}
            writable = [self.path(inside) for inside in ("/workspace", bubblewrap.HOME, _TMP)]
            rules = LandlockRules(
                readable=[
                    *_READABLE,
                    *bubblewrap.etc_files(),
                    *("/etc/resolv.conf", "/etc/passwd", "/etc/group"),
                    *(bind.source for bind in binds if not bind.writable),
                ],
                writable=[*writable, *(bind.source for bind in binds if bind.writable)],
                devices=_DEVICES,
                network=command.network,
            )
        filtered = facilities.seccomp and (rules is not None or not command.network)
        return Launch(
            argv=command.argv,
            env=env,
            cwd=self.path(command.cwd),
            files=files,
            uid=self._uid,
            join=self._group.join_files(leaf),
            limits=self._resource_limits(),
            nice=not self._group.limits_cpu,
            rules=rules,
            filter_program=seccomp.program(network=command.network) if filtered else b"",
        )

    def _resource_limits(self) -> dict[int, int]:
        limits = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NOFILE: self._limits.open_files,
            resource.RLIMIT_FSIZE: self._limits.file_bytes,
        }
        # The kernel counts all processes of a uid. Exact where the uid belongs to this slot alone; else the
        # user's other processes are added, so that at least no bomb takes the host's last process number.
        if not self._group.limits_processes:
            others = 0 if self._uid is not None else processes.tasks_of(os.getuid())
            limits[resource.RLIMIT_NPROC] = self._limits.pids + others
        return limits

    def _give_output(self, output: int) -> None:
        # A pipe belongs to who made it; without this a step could not open /dev/stdout or /dev/stderr.
        if self._uid is not None and stat.S_ISFIFO(os.fstat(output).st_mode):
            os.fchown(output, self._uid, self._uid)

    def _fork(self, launch: Launch, control: int, status_in: int, leaf: str) -> int:
        # No handler of the runner may run in the copy before the guardian has taken its own.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
            if pid == 0:
                try:
                    guard(
                        launch,
                        control_fd=control,
                        status_fd=status_in,
                        leaf=leaf,
                        attempt=self._group,
                        wrapped=self._wrapped,
                    )
                except BaseException as error:  # the copy must not return into the runner's code
                    os.write(status_in, json.dumps({"failure": f"{type(error).__name__}: {error}"}).encode())
                finally:
                    os._exit(SETUP_FAILED)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pid


def _pipe(opened: list[int]) -> tuple[int, int]:
    """A pipe whose ends are recorded in ``opened``; the reading end does not block."""
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    opened += [read_end, write_end]
    os.set_blocking(read_end, False)
    return read_end, write_end


def _content(content: bytes | int, opened: list[int]) -> int:
    """A descriptor that reads as ``content``: a memory file, the null device for nothing, or the given one."""
    if isinstance(content, int):
        fd = os.dup(content)
        opened.append(fd)
        return fd
    if not content:
        fd = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        opened.append(fd)
        return fd
    fd = os.memfd_create("bottega", os.MFD_CLOEXEC)
    opened.append(fd)
    with open(fd, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _close(fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)
