"""Fetching over http: credentials, redirects and pinned addresses, with real servers on loopback."""

import socket
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bottega.scm.commands import Commands, start_directly
from bottega.scm.connection import connect
from bottega.scm.credentials import Credential
from bottega.scm.failures import ScmError
from bottega.scm.options import GitOptions
from bottega.scm.resolve import resolve
from bottega.scm.urls import UrlPolicy, UrlRefused, parse
from tests.scm.forge import Forge, publish, serving
from tests.scm.origins import Origin
from tests.scm.steps import FolderContext

Make = Callable[..., FolderContext]
SECRET = "pa$$ 'word\" %s\\"
POLICY = {"allow_http": True, "loopback": True}


def told(forge: Forge, **fields: Any) -> dict[str, Any]:
    host = forge.url.removeprefix("http://")
    return {"policy": POLICY, "credentials": [{"host": host, "username": "ada", "secret": SECRET, **fields}]}


@pytest.mark.parametrize("dumb", [True, False])
def test_a_repository_is_fetched_over_http(origin: Origin, context: Make, tmp_path: Path, dumb: bool) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web", dumb=dumb) as forge:
        ctx = context(git={"policy": POLICY})
        assert ctx.checkout(f"{forge.url}/app.git", branch="main") == 0, ctx.lines
    assert (ctx.workspace / "file").read_text() == "one\n"


def test_a_private_repository_opens_with_its_credential_alone(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web", user="ada", password=SECRET) as forge:
        url = f"{forge.url}/app.git"
        for git in ({"policy": POLICY}, told(forge, secret="wrong"), told(forge, host="127.0.0.1")):
            stranger = context("stranger", git=git)
            assert stranger.checkout(url, branch="main") == 1
            assert "access was denied" in stranger.errors()[0]
        ctx = context("ours", git=told(forge))
        assert ctx.checkout(url, branch="main") == 0, ctx.lines
        # What one credential fetched is not there for a build without it.
        again = context("again", git={"policy": POLICY})
        assert again.checkout(url, commit=ctx.env["COMMIT_ID"]) == 1


def test_a_secret_is_in_no_argument_variable_log_or_file_that_stays(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web", user="ada", password=SECRET) as forge:
        ctx = context(git=told(forge))
        assert ctx.checkout(f"{forge.url}/app.git", branch="main") == 0
    assert SECRET not in repr(ctx.trusted) + repr(ctx.lines) + repr(ctx.env) + repr(ctx.facts)
    stayed = [path for path in (tmp_path / "agent").rglob("*") if path.is_file()]
    assert stayed
    assert not [path for path in stayed if SECRET.encode() in path.read_bytes()]
    assert "127.0.0.1" in ctx.git_in_workspace("remote", "get-url", "origin")
    assert "ada" not in (ctx.workspace / ".git/config").read_text()


def test_the_files_that_carry_a_secret_are_closed_to_others_and_go_away(tmp_path: Path) -> None:
    seen: dict[str, int] = {}

    def look(argv: Sequence[str], env: Mapping[str, str], cwd: str) -> int:
        assert SECRET not in repr(argv) + repr(env)
        folder = Path(cwd)
        seen["."] = stat.S_IMODE(folder.stat().st_mode)
        seen.update({path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()})
        return 0

    options = GitOptions(
        policy=UrlPolicy(loopback=True),
        credentials=(Credential("127.0.0.1", username="ada", secret=SECRET),),
    )
    with connect(parse("https://127.0.0.1/x"), options, look, below=tmp_path) as connection:
        connection.run("version")
    assert seen.pop(".") == 0o700
    assert seen.pop("askpass") == 0o700
    assert set(seen.values()) == {0o600}
    assert {"username", "secret"} <= set(seen)
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_not_followed(origin: Origin, context: Make, tmp_path: Path) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web") as inner, serving(tmp_path, redirect=inner.url) as outer:
        ctx = context(git={"policy": POLICY})
        assert ctx.checkout(f"{outer.url}/app.git", branch="main") == 1
        assert inner.requests == []
    assert "redirects elsewhere" in ctx.errors()[0]


def test_a_missing_repository_over_http_is_named_as_such(context: Make, tmp_path: Path) -> None:
    with serving(tmp_path) as forge:
        ctx = context(git={"policy": POLICY})
        assert ctx.checkout(f"{forge.url}/nothing.git", branch="main") == 1
    url = f"{forge.url}/nothing.git"
    assert ctx.errors() == [
        f"Cannot fetch {url}: there is no repository at this address (git: repository '{url}/' not found)."
    ]


def test_a_server_that_does_not_listen_is_named_as_unreachable(context: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ctx = context(git={"policy": POLICY})
    assert ctx.checkout(f"http://127.0.0.1:{port}/x", branch="main") == 1
    assert "cannot be reached" in ctx.errors()[0]


def test_a_name_is_resolved_checked_and_pinned_before_the_connection(
    origin: Origin, context: Make, tmp_path: Path
) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    with serving(tmp_path / "web") as forge:
        url = forge.url.replace("127.0.0.1", "localhost") + "/app.git"
        closed = context(git={"policy": {"allow_http": True}})
        assert closed.checkout(url, branch="main") == 1
        assert "this machine itself" in closed.errors()[0]
        ctx = context(git={"policy": POLICY})
        assert ctx.checkout(url, branch="main") == 0
    pins = [
        word for argv in ctx.trusted for word in argv if word.startswith("http.curloptResolve=localhost:")
    ]
    assert pins
    assert all("127.0.0.1" in pin for pin in pins)


def test_an_unknown_host_is_named(tmp_path: Path) -> None:
    commands = Commands(start_directly, tmp_path)
    with pytest.raises(ScmError, match=r"the host name nowhere\.invalid is unknown"):
        resolve(parse("https://nowhere.invalid/x"), UrlPolicy(), commands)


def test_a_name_whose_address_is_refused_is_refused(tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    answers.write_text("93.184.216.34 STREAM host\n169.254.169.254 STREAM\n")

    def name_server(argv: Sequence[str], env: Mapping[str, str], cwd: str) -> int:
        changed = ["cat" if word == "getent" else word for word in argv if word != "ahosts"]
        return start_directly(
            [str(answers) if word == "rebind.example" else word for word in changed], env, cwd
        )

    with pytest.raises(UrlRefused, match="link-local or metadata"):
        resolve(parse("https://rebind.example/x"), UrlPolicy(), Commands(name_server, tmp_path))
