"""Caches that builds leave: uploads with the lease of a run, and what the server says there is."""

import tempfile
from typing import Any

from tests.artifacts.making import Build
from tests.build.harness import Server

KEY, OTHER_KEY = "a" * 64, "b" * 64


def leave(
    build: Build, tool: str = "maven", key: str = KEY, content: bytes = b"content", **details: Any
) -> dict[str, Any]:
    """What the server answers to a cache that a build leaves."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        transfers = build.transfers()
        try:
            given = {"tool": tool, "key": key, **details}
            return transfers.upload("cache", given, file.fileno(), len(content))
        finally:
            transfers.close()


def ask(build: Build, tool: str = "maven", key: str = KEY) -> tuple[bytes, str]:
    """What a build is given: the content, and the key it was stored with; both empty for nothing."""
    transfers = build.transfers()
    try:
        download = transfers.download("caches", {"tool": tool, "key": key})
        return b"".join(download.pieces), download.facts.get("x-bottega-cache-key", "")
    finally:
        transfers.close()


def caches(server: Server, task_id: str, caller: str = "alice") -> list[dict[str, Any]]:
    """What the list of a task says."""
    with server.caller(caller) as http:
        answer = http.get("/v1/caches", params={"job_id": task_id})
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert result["total"] == len(result["caches"])
    return result["caches"]
