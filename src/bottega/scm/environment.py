"""The environment and options under which git is run, so that nothing but our own arguments steers it.

The variables shut out the system's and the user's configuration, prompts and unexpected transports. The
options shut out what a repository could bring along: hooks, helpers, redirects, background maintenance.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FALLBACK_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Old and harmless faults that many well-known repositories carry in their history; the big forges accept them too.
_TOLERATED_FAULTS = ("badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode")

_OPTIONS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.commitGraph=false",
    "safe.bareRepository=explicit",
    "credential.helper=",
    "http.followRedirects=false",
    "http.sslVerify=true",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "transfer.fsckObjects=true",
    *(f"fetch.fsck.{fault}=ignore" for fault in _TOLERATED_FAULTS),
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "gc.writeCommitGraph=false",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "init.defaultBranch=main",
)


def environment(protocol: str = "", askpass: str = "", ssh_command: str = "") -> dict[str, str]:
    """The exact variables of a git process of the agent or the server; start it with these and no others.

    ``protocol`` is the one transport it may use ("https", "http", "ssh", "file"), none when empty.
    """
    return {
        "PATH": os.environ.get("PATH", FALLBACK_PATH),
        "HOME": "/nonexistent",
        "GIT_ASKPASS": askpass or "/bin/false",
        "GIT_SSH_COMMAND": ssh_command or "/bin/false",
        "GIT_ALLOW_PROTOCOL": protocol or "none",
        **_common(),
    }


def sandbox_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The variables of git inside the sandbox: the step's own, less those by which parameters could steer git."""
    kept = {name: value for name, value in base.items() if not name.startswith("GIT_")}
    settings = {"GIT_CONFIG_COUNT": str(len(_OPTIONS))}
    for index, option in enumerate(_OPTIONS):
        settings[f"GIT_CONFIG_KEY_{index}"], _, settings[f"GIT_CONFIG_VALUE_{index}"] = option.partition("=")
    return {**kept, **settings, "GIT_ASKPASS": "/bin/false", **_common()}


def git(*arguments: str, options: tuple[str, ...] = ()) -> list[str]:
    """The command line of one git call; ``options`` are further ``name=value`` settings."""
    settings = [part for option in (*_OPTIONS, *options) for part in ("-c", option)]
    return ["git", *settings, *arguments]


def _common() -> dict[str, str]:
    return {
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ATTR_NOSYSTEM": "1",
        "SSH_ASKPASS": "/bin/false",
    }
