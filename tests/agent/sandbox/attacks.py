"""Attempts to get out of a sandbox; runs inside, with the system's interpreter.

Usage: attacks.py MARKER TARGETS, where TARGETS is JSON about the server outside. Prints a JSON object: for each
attempt true when it worked. Every attempt runs in its own child, so that a filter that kills ends only that.
"""

# Plain calls say best what is attempted.
# ruff: noqa: PTH110, PTH118, PTH123, PTH208

import contextlib
import ctypes
import fcntl
import json
import os
import platform
import signal
import socket
import subprocess
import sys
from typing import Any

TARGETS = json.loads(sys.argv[2])
ARM = platform.machine() == "aarch64"
LIBC = ctypes.CDLL(None, use_errno=True)


def call(on_x86: int, on_arm: int, *arguments: object) -> bool:
    return LIBC.syscall(ctypes.c_long(on_arm if ARM else on_x86), *arguments) >= 0


def read_secret_files() -> bool:
    found = []
    for path in TARGETS["secret_files"]:
        with contextlib.suppress(OSError), open(path) as file:
            found.append(file.read())
    return bool(found)


def write_server_folder() -> bool:
    with open(os.path.join(TARGETS["server_folder"], "planted"), "w") as file:
        return file.write("x") == 1


def read_other_workspace() -> bool:
    return bool(os.listdir(TARGETS["other_workspace"]))


def read_shadow() -> bool:
    with open("/etc/shadow") as file:
        return bool(file.read())


def write_host_tmp() -> bool:
    # Its own /tmp it may have; the host must not see the file. The test looks from outside.
    with open(TARGETS["tmp_file"], "w") as file:
        return file.write("x") == 1


def find_token_in_environments() -> bool:
    return _proc_holds("environ", TARGETS["token"])


def find_token_in_command_lines() -> bool:
    return _proc_holds("cmdline", TARGETS["token"])


def find_own_secret_in_command_lines() -> bool:
    return _proc_holds("cmdline", os.environ["STEP_SECRET"])


def first_process_shows_environment() -> bool:
    with open("/proc/1/environ", "rb") as file:
        return bool(file.read())


def see_server_command_line() -> bool:
    return _proc_holds("cmdline", TARGETS["server_marker"])


def _proc_holds(name: str, text: str) -> bool:
    for pid in os.listdir("/proc"):
        # Its own arguments are the test's doing.
        if pid.isdigit() and int(pid) not in (os.getpid(), os.getppid()):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", "rb") as file:
                content = file.read()
                if text.encode() in content and b"attacks.py" not in content:
                    return True
    return False


def signal_server() -> bool:
    os.kill(TARGETS["server_pid"], signal.SIGUSR1)
    return True


def trace_server() -> bool:
    return call(101, 117, ctypes.c_long(16), ctypes.c_long(TARGETS["server_pid"]), None, None)


def signal_every_number() -> bool:
    """Only counts what is outside; the test looks whether the server and the runner live."""
    reached = 0
    for pid in range(2, 2000):
        if pid not in (os.getpid(), os.getppid(), os.getsid(0)):
            with contextlib.suppress(OSError):
                os.kill(pid, 0)
                reached += 1
    return reached > 3


def connect_loopback() -> bool:
    return _connects(socket.AF_INET, ("127.0.0.1", TARGETS["port"]))


def connect_abstract_socket() -> bool:
    return _connects(socket.AF_UNIX, TARGETS["abstract"].replace("@", "\0"))


def connect_path_socket() -> bool:
    return _connects(socket.AF_UNIX, TARGETS["socket_file"])


def send_datagram() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(2)
        sender.sendto(b"question", ("127.0.0.1", TARGETS["udp_port"]))
        return sender.recv(10) == b"answer"


def _connects(family: int, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        client.connect(address)
        return client.recv(10) == b"hello"


def new_user_namespace() -> bool:
    return LIBC.unshare(0x10000000) == 0


def clone_into_user_namespace() -> bool:
    pid = LIBC.syscall(
        ctypes.c_long(220 if ARM else 56), ctypes.c_long(0x10000000 | 17), None, None, None, None
    )
    if pid == 0:
        os._exit(0)
    return pid > 0


def clone3_works() -> bool:
    return call(435, 435, None, ctypes.c_long(0)) or ctypes.get_errno() != 38


def mount() -> bool:
    return LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0


def mount_in_own_namespace() -> bool:
    return LIBC.unshare(0x10020000) == 0 and mount()


def join_namespace() -> bool:
    with open("/proc/self/ns/mnt") as file:
        return LIBC.setns(file.fileno(), 0) == 0


def keyring() -> bool:
    return call(250, 219, ctypes.c_long(0), ctypes.c_long(-3), ctypes.c_long(1))


def io_uring() -> bool:
    return call(425, 425, ctypes.c_long(4), ctypes.create_string_buffer(256))


def user_fault() -> bool:
    return call(323, 282, ctypes.c_long(1))


def bpf() -> bool:
    attributes = ctypes.create_string_buffer(b"\x02\0\0\0\x04\0\0\0\x04\0\0\0\x01\0\0\0", 128)
    return call(321, 280, ctypes.c_long(0), attributes, ctypes.c_long(128))


def kernel_log() -> bool:
    return LIBC.klogctl(3, ctypes.create_string_buffer(100), 100) >= 0


def push_terminal_input() -> bool:
    master, slave = os.openpty()
    del master
    fcntl.ioctl(slave, 0x5412, b"x")
    return True


def set_uid_program() -> bool:
    answer = subprocess.run([TARGETS["set_uid_program"], "-u"], stdout=subprocess.PIPE, check=False)
    return answer.stdout.strip() == b"0"


def become_root() -> bool:
    os.setuid(0)
    return os.geteuid() == 0 and TARGETS["own_uid"]


def open_control_groups() -> bool:
    return bool(os.listdir("/sys/fs/cgroup"))


def inherited_descriptors() -> bool:
    return bool([fd for fd in TARGETS["descriptors"] if int(fd) > 2])


ATTACKS = [
    read_secret_files,
    write_server_folder,
    read_other_workspace,
    read_shadow,
    write_host_tmp,
    find_token_in_environments,
    find_token_in_command_lines,
    find_own_secret_in_command_lines,
    first_process_shows_environment,
    see_server_command_line,
    signal_server,
    trace_server,
    signal_every_number,
    connect_loopback,
    connect_abstract_socket,
    connect_path_socket,
    send_datagram,
    new_user_namespace,
    clone_into_user_namespace,
    clone3_works,
    mount,
    mount_in_own_namespace,
    join_namespace,
    keyring,
    io_uring,
    user_fault,
    bpf,
    kernel_log,
    push_terminal_input,
    set_uid_program,
    become_root,
    open_control_groups,
    inherited_descriptors,
]


def attempt(attack) -> bool:
    pid = os.fork()
    if pid == 0:
        worked = False
        # An attempt that hangs has not worked.
        signal.alarm(10)
        try:
            worked = attack()
        except Exception:
            worked = False
        finally:
            os._exit(0 if worked else 1)
    return os.waitpid(pid, 0)[1] == 0


def main() -> None:
    TARGETS["descriptors"] = [
        fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")
    ]
    print(json.dumps({attack.__name__: attempt(attack) for attack in ATTACKS}))


if __name__ == "__main__":
    main()
