"""The filter is run by a small interpreter of classic BPF, so that both architectures are checked anywhere."""

import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.agent.sandbox import seccomp
from bottega.agent.sandbox.syscall_numbers import (
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

ALLOW, KILL, EPERM, EACCES, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x0005000D, 0x00050026
# An error of number 0 is success to the caller.
PRETENCE = 0x00050000
MACHINES = sorted(AUDIT_ARCH)
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def verdict(program: bytes, number: int, *arguments: int, arch: int) -> int:
    """What the kernel would do with this call."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *(*arguments, *[0] * 6)[:6])
    code = [struct.unpack("<HBBI", program[at : at + 8]) for at in range(0, len(program), 8)]
    accumulator, position = 0, 0
    while True:
        kind, if_true, if_false, value = code[position]
        position += 1
        match kind:
            case 0x20:
                accumulator = struct.unpack_from("<I", data, value)[0]
            case 0x15:
                position += if_true if accumulator == value else if_false
            case 0x35:
                position += if_true if accumulator >= value else if_false
            case 0x45:
                position += if_true if accumulator & value else if_false
            case 0x06:
                return value
            case _:
                raise AssertionError(f"unknown instruction {kind:#x}")


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("network", [True, False])
def test_every_denied_call_is_refused_whatever_its_arguments(machine: str, network: bool) -> None:
    program = seccomp.program(machine, network=network)
    for name, number in DENIED[machine].items():
        for argument in (0, 1, 0xFFFFFFFF):
            assert verdict(program, number, argument, argument, arch=AUDIT_ARCH[machine]) == EPERM, name


@given(st.sampled_from(MACHINES), st.integers(0, 600), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_all_other_calls_pass(machine: str, number: int, first: int, second: int) -> None:
    judged = {CLONE[machine], CLONE3[machine], IOCTL[machine], SOCKET[machine], *DENIED[machine].values()}
    if number not in judged:
        assert verdict(seccomp.program(machine), number, first, second, arch=AUDIT_ARCH[machine]) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_clone_passes_for_threads_and_not_for_namespaces(machine: str) -> None:
    program, arch = seccomp.program(machine), AUDIT_ARCH[machine]
    thread = 0x3D0F00
    assert verdict(program, CLONE[machine], thread, arch=arch) == ALLOW
    assert verdict(program, CLONE[machine], 17, arch=arch) == ALLOW
    for bit in (17, 25, 26, 27, 28, 29, 30):
        assert verdict(program, CLONE[machine], 1 << bit | 17, arch=arch) == EPERM
    assert verdict(program, CLONE3[machine], 0, arch=arch) == ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_typing_into_a_terminal_is_refused_and_other_controls_pass(machine: str) -> None:
    program, arch = seccomp.program(machine), AUDIT_ARCH[machine]
    # The kernel looks at 32 bits of the request only, so a high half must not hide it.
    for request in (0x5412, 0x541C, 0x1_0000_5412):
        assert verdict(program, IOCTL[machine], 0, request, arch=arch) == EPERM
    assert verdict(program, IOCTL[machine], 0, 0x5401, arch=arch) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_without_network_only_unix_sockets_can_be_made(machine: str) -> None:
    arch = AUDIT_ARCH[machine]
    for family in (2, 10, 16, 17, 40):
        assert verdict(seccomp.program(machine, network=False), SOCKET[machine], family, arch=arch) == EACCES
        assert verdict(seccomp.program(machine), SOCKET[machine], family, arch=arch) == ALLOW
    assert verdict(seccomp.program(machine, network=False), SOCKET[machine], 1, arch=arch) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_a_nested_step_may_have_users_mounts_and_a_name_of_its_own_and_no_network(machine: str) -> None:
    program, arch = seccomp.program(machine, nested=True), AUDIT_ARCH[machine]
    for number in (CLONE[machine], UNSHARE[machine]):
        for bit in (17, 26, 28):
            assert verdict(program, number, 1 << bit | 17, arch=arch) == ALLOW
        for bit in (25, 27, 29, 30):
            assert verdict(program, number, 1 << bit | 1 << 28, arch=arch) == EPERM
    assert verdict(program, CLONE3[machine], 0, arch=arch) == ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_a_nested_step_may_mount_and_nothing_else_that_is_denied(machine: str) -> None:
    program, arch = seccomp.program(machine, nested=True), AUDIT_ARCH[machine]
    for name, number in DENIED[machine].items():
        assert verdict(program, number, arch=arch) == (ALLOW if name in NESTED_ALLOWED else EPERM), name


@pytest.mark.parametrize("machine", MACHINES)
def test_a_nested_step_is_told_that_owners_and_users_were_changed(machine: str) -> None:
    program, arch = seccomp.program(machine, nested=True), AUDIT_ARCH[machine]
    for name, number in PRETENDED[machine].items():
        assert verdict(program, number, 5, 5, arch=arch) == PRETENCE, name
        assert verdict(seccomp.program(machine), number, 5, 5, arch=arch) == ALLOW, name


def test_a_foreign_architecture_is_killed_and_x32_is_unknown() -> None:
    i386 = 0x40000003
    assert verdict(seccomp.program("x86_64"), 1, arch=i386) == KILL
    assert verdict(seccomp.program("aarch64"), 1, arch=0x40000028) == KILL
    assert verdict(seccomp.program("x86_64"), 0x40000000 | 272, arch=AUDIT_ARCH["x86_64"]) == ENOSYS


def test_an_architecture_without_tables_has_no_filter() -> None:
    assert not seccomp.supported("riscv64")
    with pytest.raises(KeyError):
        seccomp.program("riscv64")


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernel_headers(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip(f"the kernel headers {HEADERS[machine]} are not installed")
    pattern = re.compile(r"#define __NR(?:3264)?_(\w+)\s+(\d+)")
    known = {name: int(number) for name, number in pattern.findall(HEADERS[machine].read_text())}
    mine = {
        **DENIED[machine],
        "clone": CLONE[machine],
        "clone3": CLONE3[machine],
        "ioctl": IOCTL[machine],
        "socket": SOCKET[machine],
        "unshare": UNSHARE[machine],
        **PRETENDED[machine],
    }
    assert {name: number for name, number in mine.items() if known.get(name, number) != number} == {}
