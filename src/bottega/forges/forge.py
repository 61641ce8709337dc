"""What is known of a forge: GitHub, GitLab, and Gitea, which is also Forgejo."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from bottega.notify.outgoing import ANSWER_BYTES, Post
from bottega.patterns import matches
from bottega.scm.giturl import GitUrl, UrlRefused, parse
from bottega.settings import ForgeSettings, SettingsError

GITHUB, GITLAB, GITEA = "github", "gitlab", "gitea"
_PARTS = 2
"""Owner and name: GitHub and Gitea know no deeper folders."""


class Forge(msgspec.Struct, frozen=True, kw_only=True):
    """``repositories`` are patterns of ``owner/name``; none means all of the host.

    ``annotations``: it is told of the issues in merge requests, too.
    """

    host: str
    kind: str
    api_url: str
    token: str
    repositories: tuple[str, ...] = ()
    annotations: bool = False

    @property
    def api_host(self) -> str:
        """The host its API is at."""
        return urlsplit(self.api_url).hostname or ""

    def repository(self, url: str) -> str | None:
        """``owner/name`` of a repository URL, or None unless it is one of this forge that is to be told anything."""
        try:
            parsed = parse(url)
        except UrlRefused:
            return None
        if not self._has(parsed):
            return None
        path = unquote(parsed.path).strip("/").removesuffix(".git")
        parts = len(path.split("/"))
        if parts < _PARTS or (parts > _PARTS and self.kind != GITLAB):
            return None
        return path if not self.repositories or matches(self.repositories, path) else None

    def request(
        self,
        repository: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        method: str = "",
        answer_bytes: int = ANSWER_BYTES,
    ) -> Post:
        """A request about a repository; without a ``body`` and a ``method`` it asks for what is at ``path``."""
        if self.kind == GITLAB:
            base = f"{self.api_url}/projects/{quote(repository, safe='')}"
        else:
            base = f"{self.api_url}/repos/{quote(repository)}"
        return Post(
            url=f"{base}{path}",
            body=b"" if body is None else msgspec.json.encode(body),
            headers=self._headers(),
            method=method or ("GET" if body is None else "POST"),
            answer_bytes=answer_bytes,
        )

    def _headers(self) -> dict[str, str]:
        if self.kind == GITLAB:
            return {"PRIVATE-TOKEN": self.token}
        if self.kind == GITEA:
            return {"Authorization": f"token {self.token}"}
        return {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def _has(self, url: GitUrl) -> bool:
        if url.scheme == "ssh":
            # The port of a forge's web pages is another than that of its ssh.
            return self.host.partition(":")[0] == url.host
        return url.scheme != "file" and self.host in {url.host, url.authority}


def forge_of(forges: Sequence[Forge], url: str) -> Forge | None:
    """The first forge that has the repository."""
    return next((forge for forge in forges if forge.repository(url) is not None), None)


def forges_of(settings: Sequence[ForgeSettings]) -> list[Forge]:
    """The forges of these settings, with their tokens. Raises :class:`SettingsError` for a file that cannot be read."""
    return [
        Forge(
            host=one.host.lower(),
            kind=one.kind,
            api_url=(one.api_url or _api_url(one)).rstrip("/"),
            token=_token(one),
            repositories=tuple(one.repositories),
            annotations=one.annotations,
        )
        for one in settings
    ]


def _api_url(forge: ForgeSettings) -> str:
    if forge.kind == GITHUB:
        cloud = forge.host.lower() == "github.com"
        return "https://api.github.com" if cloud else f"https://{forge.host}/api/v3"
    return f"https://{forge.host}/api/{'v4' if forge.kind == GITLAB else 'v1'}"


def _token(forge: ForgeSettings) -> str:
    try:
        token = Path(forge.token_file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(
            f"settings: forges of {forge.host}: token_file: cannot read {forge.token_file}: {reason}"
        ) from None
    if not token or not token.isascii() or not token.isprintable():
        raise SettingsError(
            f"settings: forges of {forge.host}: token_file: {forge.token_file} holds no token"
        )
    return token
