"""Handing a credential to git without showing it to anybody else.

A secret travels in files of mode 0600 below a folder of mode 0700 that is removed afterwards: never in a
command line, a URL, a variable or a file that another user of the host could read.
"""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from bottega.scm.credentials import Credential
    from bottega.scm.giturl import GitUrl

_CONNECT_SECONDS = 15

# git asks "Username for 'https://host': ", git-lfs "Username for "https://host/path"". Anything that asks on behalf
# of another host, such as a URL from a repository's own files, gets no answer.
_ASKPASS = r"""#!/bin/sh
here=${0%/*}
case $1 in
"Username for "*) answer=username ;;
"Password for "*) answer=secret ;;
*) exit 1 ;;
esac
url=${1#* for ?}
url=${url%%[\'\"]*}
scheme=${url%%://*}
authority=${url#*://}
authority=${authority%%/*}
[ "$scheme://${authority##*@}" = "$(cat "$here/origin")" ] || exit 1
cat "$here/$answer"
"""


@contextmanager
def private_folder(below: Path | None = None) -> Generator[Path]:
    """A folder that only this user can enter, for one conversation with a remote."""
    folder = unique(below or Path(os.environ.get("TMPDIR", "/tmp")), "git-")  # noqa: S108 - 0700, and unguessable
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unique(folder: Path, prefix: str) -> Path:
    """A path that nothing has yet; ``tempfile`` would cost every checkout its import."""
    return folder / f"{prefix}{os.urandom(12).hex()}"


def ssh_command(folder: Path, url: GitUrl, credential: Credential | None, address: str) -> str:
    """GIT_SSH_COMMAND for one URL: with our key and known hosts alone, connecting to the checked ``address``."""
    known_hosts = write_private(folder / "known_hosts", credential.known_hosts if credential else "")
    key = "none"
    if credential:
        # OpenSSH refuses a key without a line break at its end.
        key = str(write_private(folder / "key", credential.secret.rstrip("\n") + "\n"))
    settings = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "IdentityFile": key,
        "IdentityAgent": "none",
        "ForwardAgent": "no",
        "ClearAllForwardings": "yes",
        "ConnectTimeout": str(_CONNECT_SECONDS),
        "HostName": address,
        # The host key is still looked up under the name.
        "HostKeyAlias": f"[{url.host}]:{url.port}" if url.port else url.host,
    }
    options = [part for name, value in settings.items() for part in ("-o", f'{name}="{value}"')]
    return shlex.join(["ssh", "-F", "/dev/null", *options])


def write_askpass(folder: Path, url: GitUrl, credential: Credential) -> str:
    """Put the helper that answers git's questions for this URL's host into a private folder; returns its path."""
    for name, text in askpass_files(url, credential).items():
        write_private(folder / name, text, mode=0o700 if name == "askpass" else 0o600)
    return str(folder / "askpass")


def askpass_files(url: GitUrl, credential: Credential) -> dict[str, str]:
    """The helper and the files it reads, by name."""
    return {
        "askpass": _ASKPASS,
        "origin": f"{url.scheme}://{url.authority}",
        # Forges that take a token alone want any user name but an empty one.
        "username": credential.username or "git",
        "secret": credential.secret,
    }


def write_private(path: Path, text: str, mode: int = 0o600) -> Path:
    """Write a file that nobody else can open at any moment."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path
