"""Branches and tags are looked up by so many at a time, and not after the end."""

import asyncio
import socket
from pathlib import Path

import pytest

from bottega.app import git_rules
from bottega.build import looking
from bottega.build.code.service import CodeService
from bottega.build.errors import RepositoryUnreadable
from bottega.errors import Unavailable
from bottega.iam.principal import Principal
from bottega.settings import Settings
from bottega.store.database import Database
from tests.scm.origins import Origin
from tests.support.databases import seed_tenant
from tests.support.processes import processes_with
from tests.support.waiting import eventually


@pytest.fixture
def caller(sqlite_database: Database) -> Principal:
    return seed_tenant(sqlite_database)


async def asked_often(code: CodeService, who: Principal, url: str, times: int) -> list[object]:
    asked = (code.tags(who, url, "") for _ in range(times))
    return await asyncio.gather(*asked, return_exceptions=True)


def test_only_so_many_repositories_are_asked_at_once(
    sqlite_database: Database, caller: Principal, settings: Settings, tmp_path: Path
) -> None:
    origin = Origin(tmp_path / "origin")
    origin.commit("first", file="1")
    code = CodeService(sqlite_database, git_rules(settings))
    most = looking.THREADS + looking.MAX_WAITING
    answers = asyncio.run(asked_often(code, caller, origin.url, most + 2))
    assert sum(isinstance(one, Unavailable) for one in answers) == 2
    assert sum(one == [] for one in answers) == most
    assert asyncio.run(code.branches(caller, "", origin.url, ""))[0].name == "main"
    code.close()


def test_closing_ends_what_is_being_asked(
    sqlite_database: Database, caller: Principal, settings: Settings
) -> None:
    code = CodeService(sqlite_database, git_rules(settings))

    async def ask(port: int) -> None:
        asked = asyncio.create_task(code.tags(caller, f"http://127.0.0.1:{port}/silent-tags-4712.git", ""))
        await asyncio.to_thread(eventually, lambda: processes_with("silent-tags-4712"))
        await asyncio.to_thread(code.close)
        with pytest.raises(RepositoryUnreadable, match=r"repo_id: Cannot fetch"):
            await asked

    # The system takes the connection, and nobody ever answers.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asyncio.run(ask(listener.getsockname()[1]))
    eventually(lambda: not processes_with("silent-tags-4712"))
