"""Fetching over ssh from a real server on loopback, where the machine has one."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.scm.forge import publish
from tests.scm.origins import Origin
from tests.scm.steps import FolderContext
from tests.support.processes import free_port
from tests.support.waiting import eventually

Make = Callable[..., FolderContext]
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PRIVILEGE_FOLDER = Path("/run/sshd")

pytestmark = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh") and PRIVILEGE_FOLDER.is_dir()),
    reason="there is no ssh server on this machine (Debian: openssh-server)",
)


class SshServer:
    """Where it listens, the key it lets in, and its own key as a line of ``known_hosts``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        self._log = folder / "log"
        host_key, user_key = (self._key(folder / name) for name in ("host", "user"))
        self.private_key = user_key.read_text()
        public = host_key.with_suffix(".pub").read_text().split()
        self.known_hosts = f"[127.0.0.1]:{self.port} {public[0]} {public[1]}"
        config = folder / "config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile none\nStrictModes no\n"
            f"AuthorizedKeysFile {user_key}.pub\nPasswordAuthentication no\nPermitRootLogin yes\nUsePAM no\n"
        )
        command = [str(SSHD), "-D", "-e", "-f", str(config)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL)
        eventually(lambda: "listening on" in self._log.read_text(), 20.0)

    @staticmethod
    def _key(path: Path) -> Path:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path

    def git(self, **changes: str) -> dict[str, Any]:
        """Git settings that open it."""
        credential = {
            "host": f"127.0.0.1:{self.port}",
            "kind": "ssh-key",
            "secret": self.private_key,
            "known_hosts": self.known_hosts,
            **changes,
        }
        return {"policy": {"loopback": True}, "credentials": [credential]}


@contextmanager
def running(folder: Path) -> Generator[SshServer]:
    server = SshServer(folder)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(20)


def test_a_repository_is_fetched_over_ssh_with_its_key_alone(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    publish(origin.path, tmp_path / "app.git")
    with running(tmp_path / "ssh") as server:
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{server.port}{tmp_path}/app.git"
        ctx = context("ours", git=server.git())
        assert ctx.checkout(url, branch="main") == 0, ctx.lines
        assert (ctx.workspace / "file").read_text() == "one\n"
        assert server.private_key.splitlines()[1] not in str(ctx.lines)
        stranger = context("stranger", git={"policy": {"loopback": True}})
        assert stranger.checkout(url, branch="main") == 1


def test_a_server_that_shows_another_host_key_is_not_talked_to(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    publish(origin.path, tmp_path / "app.git")
    with running(tmp_path / "ssh") as server, running(tmp_path / "other") as other:
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{server.port}{tmp_path}/app.git"
        kind, key = other.known_hosts.split()[1:]
        known = f"[127.0.0.1]:{server.port} {kind} {key}"
        ctx = context("deceived", git=server.git(known_hosts=known))
        assert ctx.checkout(url, branch="main") == 1
        assert not (ctx.workspace / "file").exists()
