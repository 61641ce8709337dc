"""How each kind of forge is told: GitHub, GitLab and Gitea, which is also Forgejo."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import msgspec

from bottega.build.commit_status.statuses import Status, Verdict
from bottega.build.hooks.deciding import matches
from bottega.notify.outgoing import Post
from bottega.scm.giturl import GitUrl, UrlRefused, parse
from bottega.settings import ForgeSettings, SettingsError

_GITHUB: Mapping[Verdict, str] = {
    Verdict.WAITING: "pending",
    Verdict.RUNNING: "pending",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failure",
    Verdict.ERROR: "error",
    Verdict.STOPPED: "error",
}
_GITLAB: Mapping[Verdict, str] = {
    Verdict.WAITING: "pending",
    Verdict.RUNNING: "running",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failed",
    Verdict.ERROR: "failed",
    Verdict.STOPPED: "canceled",
}
_PARTS = 2
"""Owner and name: GitHub and Gitea know no deeper folders."""


class Forge(msgspec.Struct, frozen=True, kw_only=True):
    """``repositories`` are patterns of ``owner/name``; none means all of the host."""

    host: str
    kind: str
    api_url: str
    token: str
    repositories: tuple[str, ...] = ()

    @property
    def api_host(self) -> str:
        """The host its API is at."""
        return urlsplit(self.api_url).hostname or ""

    def repository(self, url: str) -> str | None:
        """``owner/name`` of a repository URL, or None unless it is one of this forge that statuses are set for."""
        try:
            parsed = parse(url)
        except UrlRefused:
            return None
        if not self._has(parsed):
            return None
        path = unquote(parsed.path).strip("/").removesuffix(".git")
        parts = len(path.split("/"))
        if parts < _PARTS or (parts > _PARTS and self.kind != "gitlab"):
            return None
        return path if not self.repositories or matches(self.repositories, path) else None

    def post(self, repository: str, commit: str, status: Status) -> Post:
        """The request that sets a commit's status."""
        if self.kind == "gitlab":
            return self._gitlab(repository, commit, status)
        body = {
            "state": _GITHUB[status.verdict],
            "target_url": status.link,
            "description": status.description,
            "context": status.context,
        }
        if self.kind == "github":
            headers = {
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        else:
            headers = {"Authorization": f"token {self.token}"}
        url = f"{self.api_url}/repos/{quote(repository)}/statuses/{commit}"
        return Post(url=url, body=_encoded(body), headers=headers)

    def _gitlab(self, repository: str, commit: str, status: Status) -> Post:
        body = {
            "state": _GITLAB[status.verdict],
            "target_url": status.link,
            "description": status.description,
            "name": status.context,
        }
        url = f"{self.api_url}/projects/{quote(repository, safe='')}/statuses/{commit}"
        return Post(url=url, body=_encoded(body), headers={"PRIVATE-TOKEN": self.token})

    def _has(self, url: GitUrl) -> bool:
        if url.scheme == "ssh":
            # The port of a forge's web pages is another than that of its ssh.
            return self.host.partition(":")[0] == url.host
        return url.scheme != "file" and self.host in {url.host, url.authority}


def forges_of(settings: Sequence[ForgeSettings]) -> list[Forge]:
    """The forges of these settings, with their tokens. Raises :class:`SettingsError` for a file that cannot be read."""
    return [
        Forge(
            host=one.host.lower(),
            kind=one.kind,
            api_url=(one.api_url or _api_url(one)).rstrip("/"),
            token=_token(one),
            repositories=tuple(one.repositories),
        )
        for one in settings
    ]


def _api_url(forge: ForgeSettings) -> str:
    if forge.kind == "github":
        cloud = forge.host.lower() == "github.com"
        return "https://api.github.com" if cloud else f"https://{forge.host}/api/v3"
    return f"https://{forge.host}/api/{'v4' if forge.kind == 'gitlab' else 'v1'}"


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


def _encoded(body: Mapping[str, str]) -> bytes:
    # Forges refuse an empty address.
    return msgspec.json.encode({name: text for name, text in body.items() if text})
