"""The syntax of repository URLs: parsed strictly and written again in one normal form.

git, curl, ssh and Python each read a URL a little differently, and every difference is a way past a check.
So nothing the user wrote reaches git: `parse` takes a URL apart, accepts only what is unambiguous, and git
is given `GitUrl.text`, which is put together from the checked parts.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from urllib.parse import quote, unquote

from bottega.scm.addresses import parse_address
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Scheme = Literal["https", "http", "ssh", "file"]

MAX_URL_LENGTH = 2048
DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_HELPER = re.compile(r"[^/\[]*::")
_SCP = re.compile(r"(?:([^@/:\[\]]*)@)?(\[[0-9A-Fa-f:.]+\]|[^@/:\[\]]+):(.*)", re.DOTALL)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL_SAFE = "/:@!$&'()*+,;=~-._%"


class UrlRefused(ValueError):
    """A repository URL that is malformed or not allowed; ``reason`` is fit for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GitUrl(Value):
    """A repository's address in normal form; holds no password ever."""

    __slots__ = ("host", "path", "port", "scheme", "scp", "user")
    scheme: Scheme
    user: str
    host: str
    port: int | None
    path: str
    scp: bool

    def __init__(  # noqa: PLR0917 - the order in which a URL is written
        self, scheme: Scheme, user: str, host: str, port: int | None, path: str, scp: bool = False
    ) -> None:
        self._fill(scheme=scheme, user=user, host=host, port=port, path=path, scp=scp)

    @property
    def authority(self) -> str:
        """``host`` or ``host:port`` as git prints it; the port is left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """The URL as it is given to git and shown to people."""
        user = f"{self.user}@" if self.user else ""
        if self.scheme == "file":
            return "file://" + quote(self.path, safe="/!$&'()*+,;=~-._@:")
        if self.scp:
            return f"{user}{self.authority}:{self.path}"
        return f"{self.scheme}://{user}{self.authority}{self.path}"

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """What a credential is valid for: scheme, host and port."""
        return self.scheme, self.host, self.port or DEFAULT_PORTS.get(self.scheme)

    def key(self, scope: str = "", salt: bytes = b"") -> str:
        """64 hex digits that stand for this repository as seen with one credential scope."""
        # Two lengths of input could otherwise meet: neither part can contain a NUL, which parse() refuses.
        return hashlib.sha256(salt + self.text.encode() + b"\0" + scope.encode()).hexdigest()


def parse(url: str) -> GitUrl:
    """Take a URL apart.

    Accepts ``https://``, ``http://``, ``ssh://`` and ``file://`` URLs, ``user@host:path`` and absolute paths.
    Raises `UrlRefused` for anything else and for everything that git, curl or ssh could read in a second way.
    """
    _check_text(url)
    if _HELPER.match(url):
        raise UrlRefused("it names a git transport helper ('transport::address'), which can run commands")
    if found := _SCHEME.fullmatch(url):
        return _parse_scheme(found[1].lower(), found[2])
    if url.startswith("/"):
        return GitUrl("file", "", "", None, _local_path(url))
    if "://" not in url and (found := _SCP.fullmatch(url)):
        user, host, path = found[1], found[2], found[3]
        if user == "":
            raise UrlRefused("the user name before '@' is empty")
        return GitUrl("ssh", _user(user or ""), _host(host), None, _scp_path(path), scp=True)
    raise UrlRefused("it is neither an https, http, ssh or file URL nor of the form user@host:path")


def _check_text(url: str) -> None:
    if not url:
        raise UrlRefused("it is empty")
    if len(url) > MAX_URL_LENGTH:
        raise UrlRefused(f"it is longer than {MAX_URL_LENGTH} characters")
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in url):
        raise UrlRefused("it contains a control character or a line break")
    if url != url.strip():
        raise UrlRefused("it begins or ends with white space")
    if url.startswith("-"):
        raise UrlRefused("it begins with '-', which git would take for an option")
    if "\\" in url:
        raise UrlRefused("it contains a backslash")
    try:
        url.encode()
    except UnicodeEncodeError:
        raise UrlRefused("it is not valid Unicode text") from None


def _parse_scheme(scheme: str, rest: str) -> GitUrl:
    authority, slash, path = rest.partition("/")
    if scheme == "file":
        if authority not in ("", "localhost"):
            raise UrlRefused("a file URL names no host: write file:///absolute/path")
        return GitUrl("file", "", "", None, _local_path(_decoded(slash + path)))
    if scheme not in ("https", "http", "ssh"):
        raise UrlRefused(f"the scheme '{scheme}' is not supported; use https or ssh")
    user, host, port = _authority(scheme, authority)
    return GitUrl(scheme, user, host, port, _url_path(scheme, slash + path))


def _authority(scheme: str, authority: str) -> tuple[str, str, int | None]:
    userinfo, at, hostport = authority.rpartition("@")
    if ":" in userinfo:
        raise UrlRefused("it contains a password; leave it out and give the task a credential instead")
    if "@" in userinfo:
        raise UrlRefused("it contains more than one '@' before the path")
    if at and not userinfo:
        raise UrlRefused("the user name before '@' is empty")
    if userinfo and scheme != "ssh" and userinfo != "git":
        # Forges accept an access token as the user name, so this part may well be a secret.
        raise UrlRefused(
            "it contains a user name or token; leave it out and give the task a credential instead"
        )
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?", hostport)
    if not found:
        raise UrlRefused("the host and port are malformed")
    return _user(userinfo) if scheme == "ssh" else "", _host(found[1]), _port(scheme, found[2])


def _port(scheme: str, text: str | None) -> int | None:
    if not text:
        return None
    port = int(text) if len(text) <= len("65535") else 0
    if not 1 <= port <= 65535:  # noqa: PLR2004 - the range of TCP ports
        raise UrlRefused(f"the port {text[:20]} is not between 1 and 65535")
    return None if port == DEFAULT_PORTS[scheme] else port


def _user(user: str) -> str:
    if user and not _USER.fullmatch(user):
        raise UrlRefused("the user name contains characters that are not allowed")
    return user


def _host(host: str) -> str:
    if host.startswith("["):
        address = parse_address(host.strip("[]"))
        if address is None or address.version != 6 or "%" in host:  # noqa: PLR2004 - IPv6
            raise UrlRefused("the host in brackets is no IPv6 address")
        return address.compressed
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise UrlRefused("the host name is no valid international domain name") from None
    name = host.lower().removesuffix(".")
    if not name:
        raise UrlRefused("it names no host")
    labels = name.split(".")
    if name.startswith("-"):
        raise UrlRefused("the host name begins with '-', which ssh would take for an option")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004 - limit of DNS
        raise UrlRefused("the host name is malformed")
    # "127.1", "0x7f000001" and "2130706433" all mean 127.0.0.1 to the C library but not to an address check.
    if _NUMBER_LABEL.fullmatch(labels[-1]) and parse_address(name) is None:
        raise UrlRefused("the host is a number but no IPv4 address of four decimal parts")
    return name


def _url_path(scheme: str, path: str) -> str:
    if scheme != "ssh" and any(character in path for character in "?#"):
        raise UrlRefused("it contains '?' or '#'; give the branch or tag in its own field")
    decoded = _decoded(path)
    _check_segments(decoded)
    if not decoded.strip("/"):
        raise UrlRefused("it names no repository below the host")
    return quote(path.rstrip("/"), safe=_URL_SAFE)


def _scp_path(path: str) -> str:
    if path.startswith("-"):
        raise UrlRefused("the path begins with '-', which git would take for an option")
    _check_segments(path)
    if not path.strip("/"):
        raise UrlRefused("it names no repository below the host")
    return path.rstrip("/")


def _local_path(path: str) -> str:
    _check_segments(path)
    # normpath() makes "." of nothing, and keeps a second slash at the beginning.
    normal = "/" + posixpath.normpath(f"/{path}").lstrip("/")
    if normal == "/":
        raise UrlRefused("it names no folder")
    return normal


def _decoded(path: str) -> str:
    if _BAD_PERCENT.search(path):
        raise UrlRefused("it contains '%' without two hexadecimal digits after it")
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise UrlRefused("its percent-encoded characters are not UTF-8") from None
    if any(character < " " or "\x7f" <= character <= "\x9f" or character == "\\" for character in decoded):
        raise UrlRefused("it contains an encoded control character or backslash")
    return decoded


def _check_segments(path: str) -> None:
    if ".." in path.split("/"):
        raise UrlRefused("its path contains '..'")
