"""The object store: a local folder or an S3-compatible bucket behind one interface."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from obstore.store import LocalStore, ObjectStore, from_url


def open_objects(url: str, folder: Path, options: Mapping[str, str]) -> ObjectStore:
    """The store ``url`` names (``s3://bucket/prefix`` with ``options``), or ``folder`` when it is empty."""
    if url:
        return cast("ObjectStore", from_url(url, config=dict(options)))  # pyright: ignore
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalStore(prefix=folder)
