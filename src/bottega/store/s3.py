"""Opening an S3-compatible bucket from settings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store

from bottega.settings import SettingsError

OPTIONS = frozenset(
    {
        "access_key_id",
        "endpoint",
        "region",
        "secret_access_key",
        "server_side_encryption",
        "session_token",
        "skip_signature",
        "sse_bucket_key_enabled",
        "sse_kms_key_id",
        "unsigned_payload",
        "virtual_hosted_style_request",
    }
)
CLIENT_OPTIONS = {
    "allow_invalid_certificates": "false",
    "connect_timeout": "5s",
    "timeout": "30s",
}
"""Those of the connection, with what holds unless it is set."""
RETRIES = 4
RETRY_SECONDS = 20
"""Whoever waits for an answer waits no longer; what works in the background tries again by itself."""


def open_bucket(url: str, options: Mapping[str, str]) -> ObjectStore:
    """The bucket of ``s3://bucket/prefix``. Raises :class:`SettingsError`."""
    if not urlsplit(url).netloc:
        raise SettingsError("objects.url: expected s3://bucket/prefix")
    config: dict[str, str] = {}
    client: dict[str, Any] = dict(CLIENT_OPTIONS)
    for name, value in options.items():
        plain = name.lower().removeprefix("aws_")
        if plain in CLIENT_OPTIONS:
            client[plain] = value
        elif plain in OPTIONS:
            config[plain] = value
        else:
            known = ", ".join(sorted({*OPTIONS, *CLIENT_OPTIONS}))
            raise SettingsError(f"objects.options: {name!r} is unknown; there are {known}")
    # Who writes http means it: it is a server next door.
    client["allow_http"] = config.get("endpoint", "").startswith("http://")
    try:
        store = S3Store.from_url(
            url,
            config=cast("Any", config),
            client_options=cast("Any", client),
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
        )
    except (BaseError, ValueError, TypeError) as error:
        raise SettingsError(f"objects.options: {str(error).splitlines()[0]}") from None
    return cast("ObjectStore", store)
