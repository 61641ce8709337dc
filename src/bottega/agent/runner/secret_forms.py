"""The spellings in which a secret may turn up in a log, although nobody printed it as it is.

A password inside ``user:password`` in base64, a token in a URL, a key in a JSON body or in a ``set -x``
trace are the leaks people report about build servers. What a build does on purpose (hex, reversal,
encryption) cannot be caught.
"""

import base64
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

# A shorter secret would turn every second word of the log into asterisks.
SHORTEST = 3
# Encoded cores of tiny secrets are too short to mean anything.
_SHORTEST_CORE = 4
# What the usual tools break base64 into: coreutils and MIME, PEM.
_WRAPS = (76, 64)


def forms(secrets: Iterable[str]) -> set[bytes]:
    """All byte strings to hide for ``secrets``; those shorter than three characters are left out."""
    found: set[bytes] = set()
    for secret in secrets:
        for text in _parts(secret):
            found.update(form.encode("utf-8", "replace") for form in _texts(text) if len(form) >= SHORTEST)
            found.update(_base64(text.encode("utf-8", "replace")))
    return found


def _parts(secret: str) -> Iterator[str]:
    """The secret, without surrounding blanks, and each of its lines: a log breaks at line ends."""
    for text in {secret, secret.strip(), *secret.splitlines(), *map(str.strip, secret.splitlines())}:
        if len(text) >= SHORTEST:
            yield text


def _texts(text: str) -> Iterator[str]:
    yield text
    yield text.replace("\r\n", "\n")
    yield from _url(text)
    yield from _json(text)
    yield from _shell(text)


def _url(text: str) -> Iterator[str]:
    # Python, JavaScript (encodeURIComponent) and path encoders spare different characters.
    encoded = {
        quote(text, ""),
        quote(text, "/"),
        quote(text, "!'()*"),
        quote_plus(text),
        quote_plus(text, "/"),
    }
    for form in encoded:
        yield form
        yield re.sub("%[0-9A-F]{2}", lambda hit: hit[0].lower(), form)


def _json(text: str) -> Iterator[str]:
    for form in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        yield form
        yield form.replace("/", "\\/")
        yield re.sub("[<>&]", lambda hit: f"\\u{ord(hit[0]):04x}", form)


def _shell(text: str) -> Iterator[str]:
    yield shlex.quote(text)
    # How bash -x and printf %q write it, and the inside of double quotes.
    yield text.replace("'", "'\\''")
    yield text.replace("'", "'\"'\"'")
    yield re.sub(r"([^\w@%+=:,./-])", r"\\\1", text)
    yield re.sub(r'([$`"\\])', r"\\\1", text)


def _base64(secret: bytes) -> Iterator[bytes]:
    if len(secret) < _SHORTEST_CORE:
        return
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        whole = encode(secret)
        yield whole
        yield whole.rstrip(b"=")
        # Inside a longer text the secret starts at one of three places of a base64 group; only the characters
        # that hold nothing but bits of the secret are the same every time.
        for before in range(3):
            start = -(-before * 8 // 6)
            end = (before + len(secret)) * 8 // 6
            core = encode(bytes(before) + secret)[start:end]
            if len(core) >= _SHORTEST_CORE:
                yield core
        for width in _WRAPS:
            for text in (whole, encode(secret + b"\n")):
                if len(text) > width:
                    yield from (
                        text[at : at + width] for at in range(0, len(text) - len(text) % width, width)
                    )
