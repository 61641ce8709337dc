"""Numbers of the system calls that the filter judges, per architecture (kernel headers)."""

from __future__ import annotations

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# Calls that change mounts, namespaces, the clock, the kernel or reach into its less hardened corners.
_DENIED_X86_64 = {
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "iopl": 172,
    "ioperm": 173,
    "create_module": 174,
    "init_module": 175,
    "delete_module": 176,
    "finit_module": 313,
    "quotactl": 179,
    "nfsservctl": 180,
    "quotactl_fd": 443,
    "acct": 163,
    "settimeofday": 164,
    "adjtimex": 159,
    "clock_settime": 227,
    "clock_adjtime": 305,
    "syslog": 103,
    "vhangup": 153,
    "uselib": 134,
    "lookup_dcookie": 212,
    "kexec_load": 246,
    "kexec_file_load": 320,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "unshare": 272,
    "setns": 308,
    "perf_event_open": 298,
    "open_by_handle_at": 304,
    "bpf": 321,
    "userfaultfd": 323,
}
_DENIED_AARCH64 = {
    "mount": 40,
    "umount2": 39,
    "pivot_root": 41,
    "swapon": 224,
    "swapoff": 225,
    "reboot": 142,
    "init_module": 105,
    "delete_module": 106,
    "finit_module": 273,
    "quotactl": 60,
    "nfsservctl": 42,
    "quotactl_fd": 443,
    "acct": 89,
    "settimeofday": 170,
    "adjtimex": 171,
    "clock_settime": 112,
    "clock_adjtime": 266,
    "syslog": 116,
    "vhangup": 58,
    "lookup_dcookie": 18,
    "kexec_load": 104,
    "kexec_file_load": 294,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "unshare": 97,
    "setns": 268,
    "perf_event_open": 241,
    "open_by_handle_at": 265,
    "bpf": 280,
    "userfaultfd": 282,
}
# Since Linux 5.0 new calls have one number everywhere.
_DENIED_EVERYWHERE = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
    "open_tree_attr": 467,
}

DENIED = {
    "x86_64": _DENIED_X86_64 | _DENIED_EVERYWHERE,
    "aarch64": _DENIED_AARCH64 | _DENIED_EVERYWHERE,
}

# What a step that works with container images needs beside the others: file systems of its own.
NESTED_ALLOWED = frozenset({"mount", "umount2", "unshare"})
# What only root can do with more than one user id. Such a step has one alone, and is told that it was done.
_PRETENDED_X86_64 = {
    "chown": 92,
    "fchown": 93,
    "lchown": 94,
    "setuid": 105,
    "setgid": 106,
    "setreuid": 113,
    "setregid": 114,
    "setgroups": 116,
    "setresuid": 117,
    "setresgid": 119,
    "setfsuid": 122,
    "setfsgid": 123,
    "fchownat": 260,
}
_PRETENDED_AARCH64 = {
    "fchownat": 54,
    "fchown": 55,
    "setregid": 143,
    "setgid": 144,
    "setreuid": 145,
    "setuid": 146,
    "setresuid": 147,
    "setresgid": 149,
    "setfsuid": 151,
    "setfsgid": 152,
    "setgroups": 159,
}
PRETENDED = {"x86_64": _PRETENDED_X86_64, "aarch64": _PRETENDED_AARCH64}

# Calls that are judged by their arguments.
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = {"x86_64": 435, "aarch64": 435}
IOCTL = {"x86_64": 16, "aarch64": 29}
UNSHARE = {"x86_64": 272, "aarch64": 97}
SOCKET = {"x86_64": 41, "aarch64": 198}
