"""Container images for tests: what of them this machine offers, a base image of one program, and a real registry."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from bottega.agent.containers.engine import Engine
from bottega.agent.containers.probing import look
from tests.agent.runner.attempts import facilities
from tests.support.processes import free_port
from tests.support.waiting import eventually

PLAIN: Any = {"trust_env": False, "verify": False}
USER, PASSWORD = "tester", "s3cret-of-the-registry"
# bcrypt is the only hash the registry takes, and no library for it is needed beside.
_HASH = "$2b$04$3mxuRasdgFZwCmbZ4hV0EetI/RQw2ZuLENiPYaxJZrzPm50NIyYFK"
DOCKERFILE = """FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV GREETING=hello
"""


@cache
def _engine() -> Engine:
    folder = Path(tempfile.mkdtemp(prefix="bottega-test-"))
    folder.chmod(0o711)
    try:
        return look(facilities(), str(folder))
    finally:
        shutil.rmtree(folder)


def engine() -> Engine:
    """The engine of this machine; skips with the reason where it has none."""
    found = _engine()
    if found.missing:
        pytest.skip(found.missing)
    return found


def busybox() -> str:
    """A shell and its tools in one file that needs nothing else; skips where there is none."""
    program = shutil.which("busybox")
    if program is None:
        pytest.skip("busybox-static is not installed")
    linked = subprocess.run(["ldd", program], capture_output=True, check=False)
    if linked.returncode == 0:
        pytest.skip(f"{program} is linked against libraries")
    return program


@contextlib.contextmanager
def registry() -> Generator[str]:
    """``127.0.0.1:PORT`` of a registry that takes ``USER`` and ``PASSWORD``; skips where it is not installed."""
    program = shutil.which("docker-registry", path=f"{os.environ['PATH']}:{Path(sys.executable).parent}")
    if program is None:
        pytest.skip("docker-registry is not there")
    with tempfile.TemporaryDirectory() as folder:
        address = f"127.0.0.1:{free_port()}"
        (Path(folder) / "users").write_text(f"{USER}:{_HASH}\n")
        settings = Path(folder) / "settings.yml"
        settings.write_text(
            "version: 0.1\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f'http: {{addr: "{address}"}}\n'
            f"auth: {{htpasswd: {{realm: test, path: {folder}/users}}}}\n"
        )
        process = subprocess.Popen([program, "serve", str(settings)], stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: _answers(address))
            yield address
        finally:
            process.terminate()
            process.wait(10)


def labels(address: str, name: str, tag: str) -> dict[str, str]:
    """The labels of an image in the registry."""
    manifest = _get(address, f"{name}/manifests/{tag}")
    return _get(address, f"{name}/blobs/{manifest['config']['digest']}")["config"]["Labels"]


def _get(address: str, path: str) -> Any:
    headers = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
    answer = httpx.get(f"http://{address}/v2/{path}", auth=(USER, PASSWORD), headers=headers, **PLAIN)
    return answer.raise_for_status().json()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/v2/", **PLAIN).status_code == 401
    except httpx.TransportError:
        return False
