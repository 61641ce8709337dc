"""The options of bubblewrap for one step.

They travel in a memory file (``--args FD``), because an argument list is visible to every user of the host
and the environment of a step holds its secrets.
"""

from __future__ import annotations

import glob
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .facilities import Facilities
    from .limits import Limits
    from .step import Bind, Command

# Descriptors as bubblewrap finds them; the launcher puts the files there.
ARGS_FD, STATUS_FD, PASSWD_FD, GROUP_FD, SECCOMP_FD = 3, 4, 5, 6, 7

HOME = "/home/build"
_USER_NAME = "build"
_USR_LINKS = ("bin", "sbin", "lib", "lib64", "lib32", "libx32")
# Never the whole of /etc: shadow, sudoers, ssh, gitconfig and the server's own configuration live there.
_ETC = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "ssl/certs",
    "ssl/openssl.cnf",
    "ca-certificates",
    "pki/tls/certs",
    "pki/ca-trust",
    "crypto-policies",
    "nsswitch.conf",
    "hosts",
    "localtime",
    "timezone",
    "mime.types",
    "protocols",
    "services",
    "gai.conf",
    "host.conf",
    "java-*",
    "maven",
    "python3*",
    "perl",
    "fonts",
    "xml",
    "os-release",
    "profile",
    "bash.bashrc",
)
# Kernel details that tell about the host or could change it.
_PROC_HIDDEN = ("kallsyms", "keys", "timer_list", "kcore", "sysrq-trigger")
_PROC_READ_ONLY = ("sys", "irq", "bus", "fs")


def etc_files() -> list[str]:
    """The files and folders of the host's /etc that a step may read."""
    found = [path for name in _ETC for path in sorted(glob.glob(f"/etc/{name}"))]  # noqa: PTH207 - import time
    return [path for path in found if os.path.exists(path)]  # noqa: PTH110


def passwd(uid: int) -> bytes:
    """A password file that knows root, the build user and nobody, and no user of the host."""
    return (
        "root:x:0:0:root:/root:/usr/sbin/nologin\n"
        f"{_USER_NAME}:x:{uid}:{uid}:build:{HOME}:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ).encode()


def group(gid: int) -> bytes:
    """The group file that goes with ``passwd``."""
    return f"root:x:0:\n{_USER_NAME}:x:{gid}:\nnogroup:x:65534:\n".encode()


def encode(options: Iterable[str]) -> bytes:
    """Options as bubblewrap reads them from a descriptor: each ended by a NUL byte."""
    return b"".join(os.fsencode(option) + b"\0" for option in options)


def options(
    *,
    facilities: Facilities,
    limits: Limits,
    workspace: str,
    binds: Iterable[Bind],
    command: Command,
) -> list[str]:
    """Everything bubblewrap is told about one step, without the command itself."""
    # In root mode home belongs to root, so the build user needs the mode of /tmp there.
    shared_home = facilities.root_mode == "caps"
    return [
        *_namespaces(facilities, command.network, nested=command.nested),
        *_system(),
        *_private_folders(limits, shared_home=shared_home),
        *(_for_engines(limits) if command.nested else ()),
        *("--bind", workspace, "/workspace"),
        *(part for bind in binds for part in _bind(bind, shared_home=shared_home)),
        # Root without capabilities may not enter a folder that is the build user's alone.
        *("--chdir", "/" if facilities.root_mode == "caps" else command.cwd),
        *_masks(),
        # Both are memory without a size of their own; what lies in them stays writable where it should be.
        *("--remount-ro", "/", "--remount-ro", "/dev"),
        *(part for name, value in command.env.items() for part in ("--setenv", name, value)),
        *(("--seccomp", str(SECCOMP_FD)) if facilities.seccomp else ()),
    ]


def inner_argv(facilities: Facilities, uid: int, command: Command) -> list[str]:
    """The command as bubblewrap starts it: in root mode ``caps`` the change of uid happens inside."""
    if facilities.root_mode != "caps":
        return list(command.argv)
    return [
        *("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"),
        *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"),
        *("/bin/sh", "-c", 'cd "$0" && exec "$@"', command.cwd),
        *command.argv,
    ]


def _namespaces(facilities: Facilities, network: bool, *, nested: bool) -> list[str]:
    kept = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if facilities.root_mode == "caps":
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            kept += ["--cap-add", capability]
        kept[:0] = ["--cap-drop", "ALL"]
    else:
        kept.insert(0, "--unshare-user")
        if facilities.disable_userns and not nested:
            kept.append("--disable-userns")
    if not network:
        kept.append("--unshare-net")
    return [
        *kept,
        *("--die-with-parent", "--new-session", "--hostname", "build", "--clearenv"),
        *("--json-status-fd", str(STATUS_FD)),
    ]


def _system() -> list[str]:
    parts = ["--ro-bind", "/usr", "/usr"]
    for name in _USR_LINKS:
        path = f"/{name}"
        if os.path.islink(path):  # noqa: PTH114
            parts += ["--symlink", os.readlink(path), path]  # noqa: PTH115
        elif os.path.isdir(path):  # noqa: PTH112
            parts += ["--ro-bind", path, path]
    parts += ["--perms", "0755", "--dir", "/etc"]
    for path in etc_files():
        parts += [*_parents(path, "0755"), "--ro-bind-try", path, path]
    # Often a link into /run, which does not exist inside.
    parts += ["--ro-bind-try", os.path.realpath("/etc/resolv.conf"), "/etc/resolv.conf"]
    parts += ["--ro-bind-data", str(PASSWD_FD), "/etc/passwd", "--ro-bind-data", str(GROUP_FD), "/etc/group"]
    return [*parts, "--proc", "/proc", "--dev", "/dev"]


def _private_folders(limits: Limits, *, shared_home: bool) -> list[str]:
    home_mode = "1777" if shared_home else "0700"
    return [
        *("--size", str(limits.tmp_bytes), "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108 - inside
        *("--perms", "0755", "--dir", "/var", "--symlink", "../tmp", "/var/tmp"),  # noqa: S108
        *("--perms", "0755", "--dir", "/run"),
        *("--size", str(limits.tmp_bytes), "--perms", "1777", "--tmpfs", "/dev/shm"),  # noqa: S108
        *("--size", str(limits.home_bytes), "--perms", home_mode, "--tmpfs", HOME),
    ]


def _for_engines(limits: Limits) -> list[str]:
    """Folders that container engines expect on every host: an empty /sys, and places for caches."""
    memory = ("--size", str(limits.tmp_bytes), "--perms", "0755", "--tmpfs")
    return ["--perms", "0755", "--dir", "/sys", *memory, "/var/cache", *memory, "/var/lib"]


def _bind(bind: Bind, *, shared_home: bool) -> list[str]:
    mode = "1777" if shared_home and bind.target.startswith(f"{HOME}/") else "0755"
    kind = "--symlink" if bind.is_link else "--bind" if bind.writable else "--ro-bind"
    return [*_parents(bind.target, mode), kind, bind.source, bind.target]


def _parents(path: str, mode: str) -> list[str]:
    """Make the folders on the way, which would else be closed to everybody but their maker."""
    names = path.strip("/").split("/")
    parents = ["/" + "/".join(names[:depth]) for depth in range(1, len(names))]
    return [part for parent in parents for part in ("--perms", mode, "--dir", parent)]


def _masks() -> list[str]:
    parts: list[str] = []
    for name in _PROC_HIDDEN:
        if os.path.exists(f"/proc/{name}"):  # noqa: PTH110
            parts += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    for name in _PROC_READ_ONLY:
        if os.path.isdir(f"/proc/{name}"):  # noqa: PTH112
            parts += ["--ro-bind", f"/proc/{name}", f"/proc/{name}"]
    if os.path.isdir("/proc/acpi"):  # noqa: PTH112
        parts += ["--tmpfs", "/proc/acpi"]
    return parts
