"""The few kernel calls that the standard library does not offer. Linux only."""

from __future__ import annotations

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def syscall(number: int, *arguments: object) -> int:
    """The result of a raw system call; raises OSError."""
    result = _LIBC.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def _prctl(option: int, value: int, pointer: object = 0) -> None:
    argument = pointer if pointer else ctypes.c_ulong(0)
    zero = ctypes.c_ulong(0)
    if _LIBC.prctl(ctypes.c_int(option), ctypes.c_ulong(value), argument, zero, zero) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def become_subreaper() -> None:
    """From now on orphaned descendants become children of this process instead of process 1."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(signal_number: int) -> None:
    """Ask for a signal when the *thread* that forked this process ends; a change of uid forgets it again."""
    _prctl(_PR_SET_PDEATHSIG, signal_number)


def leave_mounts() -> None:
    """Have a mount namespace of our own, whose mounts nobody else sees; needs the capability CAP_SYS_ADMIN."""
    if _LIBC.unshare(ctypes.c_int(_CLONE_NEWNS)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    _mount(None, b"/", _MS_REC | _MS_PRIVATE)


def bind_mount(source: str, target: str) -> None:
    """Show one folder, with what is mounted below it, at another."""
    _mount(os.fsencode(source), os.fsencode(target), _MS_BIND | _MS_REC)


def _mount(source: bytes | None, target: bytes, flags: int) -> None:
    if _LIBC.mount(source, target, None, ctypes.c_ulong(flags), None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def forbid_new_privileges() -> None:
    """Set-uid programs and file capabilities have no effect from now on."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def apply_seccomp(program: bytes) -> None:
    """Install a classic BPF filter (8 bytes an instruction); needs ``forbid_new_privileges`` first."""
    filter_program = _FilterProgram(len(program) // 8, program)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_program))
