"""Recommendations for real repositories."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bottega.app import git_rules
from bottega.build import looking
from bottega.build.errors import RepositoryUnreadable
from bottega.build.templates.recommender import Recommender
from bottega.build.templates.service import TemplateService
from bottega.build.templates.views import Scope
from bottega.errors import Forbidden, Invalid, Unavailable
from bottega.iam.principal import Principal, Right
from bottega.settings import ScmCredential, ScmSettings, Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.scm.forge import publish, serving
from tests.scm.origins import Origin
from tests.support.databases import seed_tenant
from tests.support.processes import processes_with
from tests.support.waiting import eventually


@pytest.fixture
def alice(sqlite_database: Database) -> Principal:
    return seed_tenant(sqlite_database)


@pytest.fixture
def templates(sqlite_database: Database, settings: Settings, tmp_path: Path) -> Iterator[TemplateService]:
    recommender = Recommender(sqlite_database, git_rules(settings))
    yield TemplateService(sqlite_database, SecretBox.open(tmp_path / "master.key"), recommender)
    recommender.close()


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path / "origin")
    made.commit("first", **{"pom.xml": "<project/>", "web__package.json": "{}"})
    return made


def recommended(
    templates: TemplateService, who: Principal, url: str, branch: str = "main", tag: str = ""
) -> list[str | None]:
    found = asyncio.run(templates.recommender.recommend(who, url, branch, tag))
    assert {one.scope for one in found} <= {Scope.OFFICIAL}
    return [one.tool_type for one in found]


def test_templates_are_recommended_for_what_is_on_the_branch(
    templates: TemplateService, alice: Principal, origin: Origin
) -> None:
    origin.git("tag", "v1")
    origin.git("switch", "--quiet", "-c", "next")
    origin.git("rm", "--quiet", "pom.xml")
    origin.commit("next", **{"go.mod": "module x"})
    assert recommended(templates, alice, origin.url) == ["maven", "npm"]
    assert recommended(templates, alice, origin.url, "next") == ["go", "npm"]
    # As for builds: a tag beats the branch, and without either it is the default branch.
    assert recommended(templates, alice, origin.url, "next", "v1") == ["maven", "npm"]
    assert recommended(templates, alice, origin.url, "") == ["go", "npm"]


def test_nothing_is_recommended_when_nothing_fits(
    templates: TemplateService, alice: Principal, tmp_path: Path
) -> None:
    letters = Origin(tmp_path / "letters")
    letters.commit("first", **{"README.md": "Dear all"})
    assert recommended(templates, alice, letters.url) == []


def test_a_recommended_template_has_its_star(
    templates: TemplateService, alice: Principal, origin: Origin
) -> None:
    first, _ = asyncio.run(templates.recommender.recommend(alice, origin.url, "main", ""))
    assert not first.favourite
    templates.follow(alice, Scope.OFFICIAL, first.uuid)
    again, other = asyncio.run(templates.recommender.recommend(alice, origin.url, "main", ""))
    assert (again.favourite, other.favourite) == (True, False)


def test_what_cannot_be_read_is_refused_with_a_reason(
    templates: TemplateService, alice: Principal, origin: Origin, settings: Settings
) -> None:
    unreadable = [
        (f"{origin.url}x", "main", "", "git_url: .*there is no repository at this address"),
        (origin.url, "nope", "", "git_url: There is no branch 'nope'"),
        (origin.url, "main", "nope", "git_url: There is no tag 'nope'"),
    ]
    for url, branch, tag, reason in unreadable:
        with pytest.raises(RepositoryUnreadable, match=reason):
            recommended(templates, alice, url, branch, tag)
    invalid = [
        ("ext::sh -c id", "main", "", "git_url"),
        ("--upload-pack=id", "main", "", "git_url"),
        ("", "main", "", "git_url"),
        (f"file://{settings.data}/bottega.db", "main", "", "git_url"),
        ("http://169.254.169.254/latest", "main", "", "git_url"),
        (origin.url, "--upload-pack=id", "", "branch"),
        (origin.url, "main", "a..b", "tags"),
    ]
    for url, branch, tag, field in invalid:
        with pytest.raises(Invalid) as refused:
            recommended(templates, alice, url, branch, tag)
        assert refused.value.field == field


def test_only_who_may_make_tasks_lets_the_server_look(
    templates: TemplateService, alice: Principal, origin: Origin
) -> None:
    viewer = msgspec.structs.replace(alice, rights=frozenset({Right.VIEW}))
    with pytest.raises(Forbidden):
        recommended(templates, viewer, origin.url)


def test_private_repositories_are_read_with_the_servers_credentials(
    sqlite_database: Database, alice: Principal, origin: Origin, tmp_path: Path
) -> None:
    publish(origin.path, tmp_path / "web/app.git")
    (tmp_path / "password").write_text("pa$$word\n")
    with serving(tmp_path / "web", user="ada", password="pa$$word") as forge:
        credential = ScmCredential(
            host=forge.url.removeprefix("http://"), username="ada", secret_file=str(tmp_path / "password")
        )
        for credentials in ([], [credential]):
            settings = Settings(
                data_dir=str(tmp_path / "data"), scm=ScmSettings(credentials=credentials, allow_http=True)
            )
            recommender = Recommender(sqlite_database, git_rules(settings))
            asked = recommender.recommend(alice, f"{forge.url}/app.git", "main", "")
            if credentials:
                assert [one.tool_type for one in asyncio.run(asked)] == ["maven", "npm"]
            else:
                with pytest.raises(RepositoryUnreadable, match="access was denied") as refused:
                    asyncio.run(asked)
                assert "pa$$word" not in str(refused.value)
            recommender.close()


async def asked_often(recommender: Recommender, who: Principal, url: str, times: int) -> list[object]:
    asked = (recommender.recommend(who, url, "main", "") for _ in range(times))
    return await asyncio.gather(*asked, return_exceptions=True)


def test_only_so_many_repositories_are_looked_at(
    templates: TemplateService, alice: Principal, origin: Origin
) -> None:
    most = looking.THREADS + looking.MAX_WAITING
    answers = asyncio.run(asked_often(templates.recommender, alice, origin.url, most + 3))
    refused = [one for one in answers if isinstance(one, Unavailable)]
    assert len(refused) == 3
    assert sum(isinstance(one, list) for one in answers) == most
    # The places are free again.
    assert recommended(templates, alice, origin.url) == ["maven", "npm"]


def test_closing_ends_what_is_being_looked_at_and_leaves_no_secret(
    sqlite_database: Database, alice: Principal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    recommender = Recommender(sqlite_database, git_rules(Settings(data_dir=str(tmp_path / "data"))))

    async def look(port: int) -> None:
        url = f"http://127.0.0.1:{port}/silent-repository-4711.git"
        asked = asyncio.create_task(recommender.recommend(alice, url, "main", ""))
        await asyncio.to_thread(eventually, lambda: processes_with("silent-repository-4711"))
        await asyncio.to_thread(recommender.close)
        with pytest.raises(RepositoryUnreadable):
            await asked

    # The system takes the connection, and nobody ever answers.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asyncio.run(look(listener.getsockname()[1]))
    eventually(lambda: not processes_with("silent-repository-4711"))
    assert list(scratch.iterdir()) == []
