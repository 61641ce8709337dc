"""Credentials that a run brings along for its own repository, among its secrets until an agent gets it.

They are for the fetch, which is done outside of the sandbox: no step of the run finds them in its variables.
"""

from typing import Any

from bottega.scm.giturl import DEFAULT_PORTS, UrlRefused, parse

USER_NAME, PASSWORD = "git.username", "git.password"
"""Not names that a parameter can have."""


def take_out(secret_env: dict[str, str], source_url: str) -> list[dict[str, Any]]:
    """Remove them from the run's secrets; returns them as entries of the rules for git, for the host of the URL."""
    username, password = secret_env.pop(USER_NAME, ""), secret_env.pop(PASSWORD, "")
    if not password:
        return []
    try:
        url = parse(source_url)
    except UrlRefused:
        return []
    if url.scheme not in {"http", "https"}:
        return []
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = url.port or DEFAULT_PORTS[url.scheme]
    return [{"host": f"{host}:{port}", "kind": "basic", "username": username, "secret": password}]
