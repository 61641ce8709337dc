"""Checking ``SDK-HMAC-SHA256`` request signatures, as the official SDKs and the Terraform provider make them.

What is signed is decided by the received SignedHeaders alone: the Python SDK signs every header it sends, the Go signer
only some and adds others afterwards, and neither insists on ``host``. Everything is computed from the raw bytes of the
request, because decoding first would make different requests look the same.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote, unquote_to_bytes

import msgspec

from bottega.iam.errors import Unauthenticated

ALGORITHM = "SDK-HMAC-SHA256"
MAX_SKEW_SECONDS = 15 * 60
MAX_SIGNED_HEADERS = 100
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
UNSIGNED = b"UNSIGNED-PAYLOAD"

DATE = "x-sdk-date"
CONTENT_HASH = "x-sdk-content-sha256"
SECURITY_TOKEN = b"x-security-token"
SECRET_HEADERS = frozenset({"authorization", "cookie", "x-auth-token", "x-subject-token"})

_AUTHORIZATION = re.compile(
    r"SDK-HMAC-SHA256 +Access=([A-Za-z0-9_-]{1,128}), *SignedHeaders=([^\s,]+), *Signature=([0-9a-f]{64})"
)
_DATE = re.compile(rb"\d{8}T\d{6}Z")
_ALGORITHM = re.compile(r"[A-Za-z0-9-]{1,40}")


class SignedRequest:
    """A request that claims to be signed: the parts the signature covers, and who claims to have made it.

    ``headers`` are lower-case names and raw values in the order received, ``raw_path`` is still percent-encoded. Raises
    :class:`Unauthenticated` when the claim is malformed, incomplete or too old.
    """

    def __init__(
        self,
        *,
        method: str,
        raw_path: bytes,
        raw_query: bytes,
        headers: list[tuple[bytes, bytes]],
        authorization: str,
        now: float,
    ) -> None:
        self.method = method
        self.raw_path = raw_path
        self.raw_query = raw_query
        self.headers: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            self.headers.setdefault(name, []).append(value.strip())
        claim = _parse(authorization)
        self.access_key = claim.access_key
        self.signed_headers = claim.signed_headers
        self._signature = claim.signature
        if SECURITY_TOKEN in self.headers:
            raise Unauthenticated("temporary access keys (X-Security-Token) are not issued by this server")
        self._check_signed_headers()
        self._date = self._checked_date(now)
        self.payload_is_signed = not self._payload_is_unsigned()

    def verify(self, secret: str, body: bytes | None) -> None:
        """Raise :class:`Unauthenticated` unless the signature was made with ``secret`` over exactly this request.

        ``body`` may be left out (None) when :attr:`payload_is_signed` is false.
        """
        key = secret.encode()
        payloads = self._payload_hashes(body)
        headers = self._canonical_headers()
        uri = canonical_uri(self.raw_path)
        query, query_as_sent = canonical_queries(self.raw_query)
        for payload in payloads:
            for candidate in (query,) if query == query_as_sent else (query, query_as_sent):
                canonical = self._canonical(uri, candidate, headers, payload)
                if hmac.compare_digest(self._sign(key, canonical), self._signature):
                    return
        raise Unauthenticated(
            "the signature does not match this request; the server computed it over: "
            + self._told(self._canonical(uri, query, headers, payloads[0]))
        )

    def _sign(self, key: bytes, canonical: bytes) -> str:
        text = b"%s\n%s\n%s" % (
            ALGORITHM.encode(),
            self._date,
            hashlib.sha256(canonical).hexdigest().encode(),
        )
        return hmac.new(key, text, hashlib.sha256).hexdigest()

    def _canonical(self, uri: str, query: str, headers: list[bytes], payload: str) -> bytes:
        return b"\n".join(
            [
                self.method.upper().encode(),
                uri.encode(),
                query.encode(),
                *headers,
                b"",
                ";".join(self.signed_headers).encode(),
                payload.encode(),
            ]
        )

    def _canonical_headers(self) -> list[bytes]:
        # One line per value and values sorted, which is what the Go signer does with a repeated header.
        return [
            b"%s:%s" % (name.encode(), value)
            for name in self.signed_headers
            for value in sorted(self.headers[name.encode()])
        ]

    def _check_signed_headers(self) -> None:
        if DATE not in self.signed_headers:
            raise Unauthenticated("X-Sdk-Date has to be among the SignedHeaders")
        if len(self.signed_headers) > MAX_SIGNED_HEADERS:
            raise Unauthenticated(f"more than {MAX_SIGNED_HEADERS} SignedHeaders")
        for name in self.signed_headers:
            if name.encode() not in self.headers:
                raise Unauthenticated(f"the signed header {name} is missing from the request")

    def _checked_date(self, now: float) -> bytes:
        values = self.headers[DATE.encode()]
        if len(values) != 1 or not _DATE.fullmatch(values[0]):
            raise Unauthenticated("X-Sdk-Date has to be given once, as yyyymmddThhmmssZ")
        try:
            signed_at = datetime.fromisoformat(values[0].decode()).timestamp()
        except ValueError:
            raise Unauthenticated("X-Sdk-Date is not a date") from None
        if abs(now - signed_at) > MAX_SKEW_SECONDS:
            raise Unauthenticated(
                "X-Sdk-Date is more than 15 minutes from the server's time; check the clock"
            )
        return values[0]

    def _payload_is_unsigned(self) -> bool:
        if self.headers.get(CONTENT_HASH.encode()) != [UNSIGNED]:
            return False
        if CONTENT_HASH not in self.signed_headers or "content-type" not in self.signed_headers:
            raise Unauthenticated("UNSIGNED-PAYLOAD needs X-Sdk-Content-Sha256 and Content-Type to be signed")
        # The SDK itself exempts only uploads; anything else would let a changed body pass.
        if any(_must_be_signed(value) for value in self.headers[b"content-type"]):
            raise Unauthenticated("UNSIGNED-PAYLOAD is for uploads; JSON and BSON bodies have to be signed")
        return True

    def _payload_hashes(self, body: bytes | None) -> list[str]:
        if not self.payload_is_signed:
            # The SDK signs the empty hash instead when it has the header but nothing to send.
            return [UNSIGNED.decode(), EMPTY_HASH]
        if body is None:
            raise ValueError("the body is needed to check this signature")
        actual = hashlib.sha256(body).hexdigest()
        for told in self.headers.get(CONTENT_HASH.encode(), []) if body else []:
            if told.decode("latin-1").lower() != actual:
                raise Unauthenticated("X-Sdk-Content-Sha256 is not the SHA-256 of the body")
            return [told.decode("latin-1")]
        return [actual]

    def _told(self, canonical: bytes) -> str:
        lines: list[str] = []
        for line in canonical.decode("utf-8", "replace").split("\n"):
            name, colon, _ = line.partition(":")
            lines.append(f"{name}:***" if colon and name in SECRET_HEADERS else line)
        return "|".join(lines)[:2000]


class _Claim(msgspec.Struct, frozen=True):
    access_key: str
    signed_headers: list[str]
    signature: str


def _parse(authorization: str) -> _Claim:
    found = _AUTHORIZATION.fullmatch(authorization.strip())
    if found is None:
        word = authorization.split(" ", 1)[0]
        if word != ALGORITHM:
            shown = word if _ALGORITHM.fullmatch(word) else "given"
            raise Unauthenticated(f"the Authorization scheme {shown} is not supported; use {ALGORITHM}")
        raise Unauthenticated(
            f"malformed Authorization header; expected {ALGORITHM} Access=…, SignedHeaders=…, Signature=…"
        )
    access_key, names, signature = found.groups()
    return _Claim(access_key, [name.lower() for name in names.split(";")], signature)


def _must_be_signed(content_type: bytes) -> bool:
    kind = content_type.split(b";")[0].strip().lower()
    return kind.startswith((b"application/json", b"application/bson")) or kind.endswith(b"+json") or not kind


def canonical_uri(raw_path: bytes) -> str:
    """The path with every segment decoded and encoded again, and a slash at the end."""
    uri = quote(unquote_to_bytes(raw_path), safe="/~")
    return uri if uri.endswith("/") else uri + "/"


def canonical_queries(raw_query: bytes) -> tuple[str, str]:
    """The query with both sides of each pair encoded: sorted by key and value, and in the order it was sent.

    The order as sent is accepted as well, because the Python SDK sorts a repeated key's values as numbers when they
    are numbers, and sends what it signed.
    """
    if not raw_query:
        return "", ""
    pairs = list(_pairs(raw_query))
    return _joined(sorted(pairs)), _joined(pairs)


def _pairs(raw_query: bytes) -> Iterator[tuple[bytes, bytes]]:
    for part in raw_query.replace(b"+", b" ").split(b"&"):
        if part:
            key, _, value = part.partition(b"=")
            yield unquote_to_bytes(key), unquote_to_bytes(value)


def _joined(pairs: list[tuple[bytes, bytes]]) -> str:
    return "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in pairs)
