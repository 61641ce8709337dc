"""Landlock: a process gives up its own rights to files, TCP ports and other processes' signals.

Works without namespaces, root or configuration on Linux 5.13 and later. What an ABI does not know it does not
restrict: TCP needs ABI 4, abstract unix sockets and signals need ABI 6; connecting to a unix socket by its
path and UDP are never covered. A domain also cannot ptrace or read the memory of processes outside it.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from .kernel import syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
# Number of file rights known to each ABI: 13 at first, then refer, truncate and ioctl on devices.
_FILE_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_LATEST = 16
_ABI_TCP, _ABI_SCOPES = 4, 6
_TCP_BIND_AND_CONNECT = 3
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3


def abi() -> int:
    """The version the running kernel offers, 0 when Landlock is missing or switched off."""
    try:
        return syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    except OSError:
        return 0


def ruleset(
    *, readable: Iterable[str], writable: Iterable[str], devices: Iterable[str], network: bool
) -> int:
    """A descriptor of rules: everything that is not named is denied.

    Paths that do not exist are left out; with ``network=False`` TCP is denied too where the ABI can.
    Raises OSError. Call it while the paths can still be opened, ``restrict`` after the change of uid.
    """
    version = abi()
    files = (1 << _FILE_RIGHTS_BY_ABI.get(version, _FILE_RIGHTS_LATEST)) - 1
    size = 8
    tcp = scopes = 0
    if version >= _ABI_TCP:
        size = 16
        tcp = 0 if network else _TCP_BIND_AND_CONNECT
    if version >= _ABI_SCOPES:
        size, scopes = 24, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS
    attributes = struct.pack("<QQQ", files, tcp, scopes)
    rules = syscall(_CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    for paths, rights in (
        (readable, _READ),
        (writable, files),
        (devices, _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV),
    ):
        for path in paths:
            _allow(rules, path, rights & files)
    return rules


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= _FILE_RIGHTS
        # The kernel's structure is packed: 12 bytes, not 16.
        rule = struct.pack("<Qi", rights, opened)
        syscall(
            _ADD_RULE,
            ctypes.c_int(rules),
            ctypes.c_int(_RULE_PATH_BENEATH),
            ctypes.c_char_p(rule),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(opened)


def restrict(rules: int) -> None:
    """Put this process and everything it starts under the rules for good; needs no-new-privileges first."""
    syscall(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
