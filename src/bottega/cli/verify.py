"""``bottega verify``: check that a file is what a build server says it has built."""

from collections.abc import Mapping
from pathlib import Path

NOT_PROVEN_EXIT = 1
MAX_BYTES = 1024 * 1024
FETCH_SECONDS = 30


def verify(file: Path, *, provenance: str, key: str) -> None:
    """Check a file against its signed provenance. Exit code 0: proven, 1: not proven, 2: something cannot be read.

    Parameters
    ----------
    file
        The artifact.
    provenance
        Its proof: a file, or the address of .../v1/artifacts/files/ID/provenance. For an address the environment
        variable X_AUTH_TOKEN has to hold a token.
    key
        The server's public key (PEM): a file you trust, or the address of .../v1/artifacts/signing-key. A key that is
        fetched from the server together with the proof proves no more than the connection does.
    """
    import os

    from bottega.artifacts.dsse import NotProven
    from bottega.artifacts.verifying import Unusable, prove, public_key
    from bottega.cli.options import fail

    try:
        token = os.environ.get("X_AUTH_TOKEN", "")
        envelope = _content(provenance, "--provenance", {"X-Auth-Token": token} if token else {})
        # Whoever has the key needs to know nobody: it may be on another host.
        known = public_key(_content(key, "--key", {}))
        with file.open("rb") as opened:
            proof = prove(opened, envelope, known)
    except NotProven as error:
        fail(f"NOT PROVEN: {error}", NOT_PROVEN_EXIT)
    except Unusable as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot read {error.filename or file}: {error.strerror or error}")
    print(f"proven: {file.name} is {proof.name}, sha256 {proof.sha256}")
    for line in _told(proof.predicate):
        print(f"  {line}")


def _content(where: str, option: str, headers: Mapping[str, str]) -> bytes:
    from bottega.artifacts.verifying import Unusable

    if where.startswith(("http://", "https://")):
        return _fetched(where, option, headers)
    with Path(where).open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Unusable(f"{option}: {where} has more than {MAX_BYTES} bytes")
    return content


def _fetched(url: str, option: str, headers: Mapping[str, str]) -> bytes:
    import http.client
    from contextlib import closing
    from urllib.parse import urlsplit

    from bottega.artifacts.verifying import Unusable

    try:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        with closing(kind(parts.hostname or "", parts.port, timeout=FETCH_SECONDS)) as connection:
            connection.request("GET", parts.path or "/", headers=headers)
            response = connection.getresponse()
            content = response.read(MAX_BYTES + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unusable(f"{option}: cannot get {url}: {error}") from None
    if response.status != http.client.OK:
        raise Unusable(f"{option}: {url} answered {response.status}")
    if len(content) > MAX_BYTES:
        raise Unusable(f"{option}: {url} has more than {MAX_BYTES} bytes")
    return content


def _told(predicate: dict[str, object]) -> list[str]:
    """What people want to know of it, a line each; what is not there is left out."""
    rows = (
        ("built by", ("runDetails", "builder", "id")),
        ("build task", ("buildDefinition", "externalParameters", "task", "name")),
        ("build", ("buildDefinition", "internalParameters", "build")),
        ("package", ("buildDefinition", "internalParameters", "package")),
        ("version", ("buildDefinition", "internalParameters", "version")),
        ("repository", ("buildDefinition", "externalParameters", "source", "repository")),
        ("commit", ("buildDefinition", "resolvedDependencies", 0, "digest", "gitCommit")),
        ("parameters", ("buildDefinition", "externalParameters", "parameters")),
        ("agent", ("buildDefinition", "internalParameters", "agent")),
        ("sandbox", ("buildDefinition", "internalParameters", "sandbox")),
        ("started", ("runDetails", "metadata", "startedOn")),
        ("finished", ("runDetails", "metadata", "finishedOn")),
    )
    found = ((title, _at(predicate, path)) for title, path in rows)
    return [f"{title}: {_printable(value)}" for title, value in found if value not in (None, "", {})]


def _at(value: object, path: tuple[str | int, ...]) -> object:
    from typing import Any, cast

    for step in path:
        try:
            value = cast("Any", value)[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _printable(value: object) -> str:
    import msgspec

    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return "".join(one if one.isprintable() else "?" for one in text)
