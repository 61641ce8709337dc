"""A system call filter as classic BPF, written without a library.

Denied calls fail with EPERM, so that programs can fall back; clone3 answers ENOSYS, because its flags lie
behind a pointer that a filter cannot read and C libraries then use clone, whose flags it can read.
"""

from __future__ import annotations

import os
import struct

from .syscall_numbers import (
    AUDIT_ARCH,
    CLONE,
    CLONE3,
    DENIED,
    IOCTL,
    NESTED_ALLOWED,
    PRETENDED,
    SOCKET,
    UNSHARE,
)

# Offsets in struct seccomp_data; both architectures are little endian: the low half of an argument is first.
_NUMBER, _ARCH, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24

_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS, _EACCES = 1, 38, 13

_X32_BIT = 0x40000000
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; clone cannot make a time namespace.
_CLONE_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
# CLONE_NEWNS, NEWUTS and NEWUSER: what unpacking and running an image takes. No network of its own, because that
# would open the firewall's code in the kernel to the build.
_NESTED_NAMESPACES = 0x00020000 | 0x04000000 | 0x10000000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_AF_UNIX = 1


def supported(machine: str = "") -> bool:
    """Whether there is a filter for ``machine`` (default: the running kernel's architecture)."""
    return (machine or os.uname().machine) in AUDIT_ARCH


def program(machine: str = "", *, network: bool = True, nested: bool = False) -> bytes:
    """The filter as 8-byte instructions; raises KeyError for an architecture without number tables.

    With ``network=False`` only unix sockets can be made, for levels that have no network namespace. ``nested`` is the
    profile of steps that work with container images: they may make user and mount namespaces and mount in them, and
    changes of owners and users are said to have been done when nothing was.
    """
    machine = machine or os.uname().machine
    deny, missing, done = _return(_ERRNO | _EPERM), _return(_ERRNO | _ENOSYS), _return(_ALLOW)
    code = [
        _load(_ARCH),
        _jump(_JUMP_EQUAL, AUDIT_ARCH[machine], 1, 0),
        _return(_KILL_PROCESS),
        _load(_NUMBER),
    ]
    if machine == "x86_64":
        code += [_jump(_JUMP_AT_LEAST, _X32_BIT, 0, 1), missing]
    code += [_jump(_JUMP_EQUAL, CLONE3[machine], 0, 1), missing]
    refused = _CLONE_NAMESPACES & ~_NESTED_NAMESPACES if nested else _CLONE_NAMESPACES
    for number in (CLONE[machine], UNSHARE[machine]) if nested else (CLONE[machine],):
        code += [
            _jump(_JUMP_EQUAL, number, 0, 4),
            _load(_ARGUMENT_0),
            _jump(_JUMP_ANY_BIT, refused, 0, 1),
            deny,
            done,
        ]
    code += [
        _jump(_JUMP_EQUAL, IOCTL[machine], 0, 5),
        _load(_ARGUMENT_1),
        _jump(_JUMP_EQUAL, _TIOCSTI, 1, 0),
        _jump(_JUMP_EQUAL, _TIOCLINUX, 0, 1),
        deny,
        done,
    ]
    if not network:
        code += [
            _jump(_JUMP_EQUAL, SOCKET[machine], 0, 4),
            _load(_ARGUMENT_0),
            _jump(_JUMP_EQUAL, _AF_UNIX, 1, 0),
            _return(_ERRNO | _EACCES),
            done,
        ]
    if nested:
        for number in sorted(PRETENDED[machine].values()):
            code += [_jump(_JUMP_EQUAL, number, 0, 1), _return(_ERRNO)]
    allowed = NESTED_ALLOWED if nested else frozenset[str]()
    numbers = sorted({number for name, number in DENIED[machine].items() if name not in allowed})
    for index, number in enumerate(numbers):
        code.append(_jump(_JUMP_EQUAL, number, len(numbers) - index, 0))
    return b"".join([*code, done, deny])


def _load(offset: int) -> bytes:
    return struct.pack("<HBBI", _LOAD, 0, 0, offset)


def _jump(kind: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", kind, if_true, if_false, value)


def _return(value: int) -> bytes:
    return struct.pack("<HBBI", _RETURN, 0, 0, value)
