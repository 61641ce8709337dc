"""A server with one forge, where a merge request is checked: its results are made by hand and stored as they are."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from sqlalchemy import delete, func, select, update

from bottega.app import Services, bring_schema_up
from bottega.check.annotations.tables import CheckAnnotation, ToldIssue
from bottega.check.findings import Finding
from bottega.check.issues.storing import IssueStore
from bottega.check.scanning.plan import ChangedLines, EngineReport, ScannedFile, ScanResult
from bottega.check.scans.packing import pack
from bottega.check.tasks.settings import MergeRequest
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.ids import new_hex
from bottega.runs.tables import Run
from bottega.settings import ForgeSettings, HttpSettings, Settings
from tests.check.annotations.forge import TOKEN, FakeForge, fake_forge
from tests.check.making import new_task
from tests.support.databases import Postgres, seed_project, seed_tenant
from tests.support.migrated import put_database

COMMIT = "a" * 40
KINDS: tuple[Literal["github", "gitlab", "gitea"], ...] = ("github", "gitlab", "gitea")
EVERYWHERE = [(1, 1000)]


def finding(line: int, **changes: Any) -> Finding:
    """An issue of its own for each line."""
    values: dict[str, Any] = {
        "rule": "ruff:F401",
        "path": "a.py",
        "language": "PYTHON",
        "severity": 1,
        "message": f"wrong in {line}",
        "line": line,
        "statement": f"statement{line}",
        "scope": f"scope{line}",
        "line_hash": f"{line:016x}",
    }
    return Finding(**{**values, **changes})


class Asking:
    """A task of the merge request 7, and the forge that has it."""

    def __init__(self, services: Services, forge: FakeForge) -> None:
        self.services = services
        self.forge = forge
        self.alice = seed_tenant(services.database, new_hex())
        url = f"http://127.0.0.1:{forge.port}/group/shop.git"
        project_id = seed_project(services.database, self.alice)
        parent = new_task(services.database, self.alice, project_id, name="shop", git_url=url)
        self.root_id = parent
        request = MergeRequest(source_branch="feature", target_branch="main", merge_id="7")
        self.task_id = new_task(
            services.database,
            self.alice,
            project_id,
            name="shop",
            git_url=url,
            parent_id=parent,
            kind="mr",
            task_type="inc",
            branch="feature",
            settings={"merge_request": msgspec.to_builtins(request)},
        )

    def check(
        self,
        *findings: Finding,
        changed: Sequence[tuple[int, int]] = EVERYWHERE,
        commit: str = COMMIT,
        former: str = "a.py",
    ) -> str:
        """Id of a check that found this, and is stored."""
        services = self.services
        scan = services.scans.run(self.alice, self.task_id)
        file = ScannedFile(
            path="a.py", languages=("PYTHON",), sha256="0" * 63 + "1", size=1, engines=("ruff",)
        )
        result = ScanResult(
            commit=commit,
            files=[file],
            engines=[EngineReport(engine="ruff", state="done", files=1, analysed=1)],
            findings=list(findings),
            changed=[ChangedLines(path="a.py", former=former, ranges=tuple(changed))] if changed else [],
        )
        key = f"uploads/{scan.id}"
        services.scan_storage._objects.put(key, pack(msgspec.msgpack.encode(result)))
        with services.database.write() as session:
            arrived = {
                "state": "storing",
                "upload_key": key,
                "commit_id": commit,
                "engines": {"languages": {"PYTHON": ["ruff"]}},
            }
            session.execute(update(CheckScan).where(CheckScan.id == scan.id).values(**arrived))
            session.execute(update(Run).where(Run.id == scan.run_id).values(state="SUCCESS"))
        services.scan_storage.scan()
        with services.database.read() as session:
            stored = session.get_one(CheckScan, scan.id)
            assert stored.state == "success", stored.reason
        return scan.id

    def tell(self) -> None:
        self.services.annotations.scan()
        self.services.annotations.wait()

    def later(self) -> None:
        """Let every pause be over, and tell."""
        with self.services.database.write() as session:
            due = CheckAnnotation.next_try_at.is_not(None)
            session.execute(update(CheckAnnotation).where(due).values(next_try_at=1))
        self.tell()

    @property
    def row(self) -> CheckAnnotation | None:
        with self.services.database.read() as session:
            return session.get(CheckAnnotation, self.task_id)

    @property
    def error(self) -> str:
        row = self.row
        return "" if row is None else row.error

    @property
    def told(self) -> int:
        with self.services.database.read() as session:
            mine = ToldIssue.task_id == self.task_id
            return session.scalar(select(func.count()).select_from(ToldIssue).where(mine)) or 0


class Home(msgspec.Struct):
    """A server, and its forges by their kinds."""

    services: Services
    forges: dict[str, FakeForge]


@contextmanager
def home(folder: Path, database_url: str = "") -> Generator[Home]:
    """One while the block runs."""
    token = folder / "token"
    token.write_text(f"{TOKEN}\n")
    http = HttpSettings(public_url="https://build.example.com")
    settings = Settings(data_dir=str(folder / "data"), http=http)
    settings.database.url = database_url
    with ExitStack() as stack:
        forges: dict[str, FakeForge] = {}
        for kind in KINDS:
            forge = forges[kind] = stack.enter_context(fake_forge(kind))
            host = f"127.0.0.1:{forge.port}"
            api_url = f"http://{host}/api"
            settings.forges.append(
                ForgeSettings(host=host, kind=kind, token_file=str(token), api_url=api_url, annotations=True)
            )
        if not database_url:
            put_database(settings.data)
        services = Services(settings)
        if not database_url:
            bring_schema_up(services.database)
        # Without the rules of this machine's analysers, which take longer to read than all of this.
        services.scan_storage._issues = IssueStore(services.database)
        stack.callback(services.close)
        yield Home(services, forges)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One for all tests of a process."""
    with home(tmp_path_factory.mktemp("annotations")) as made:
        yield made


@pytest.fixture
def asking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Asking]:
    """By a parameter for another kind of forge than GitLab; with ``postgresql`` behind it on that database."""
    kind, _, database = str(getattr(request, "param", "gitlab")).partition(" ")
    with ExitStack() as stack:
        if database:
            postgres: Postgres = request.getfixturevalue("postgres")
            url = postgres.new_database()
            stack.callback(postgres.drop, url)
            at: Home = stack.enter_context(home(tmp_path, url))
        else:
            at = request.getfixturevalue("shared_home")
        forge = at.forges[kind]
        forge.begin(COMMIT)
        yield Asking(at.services, forge)
        at.services.annotations.wait()
        with at.services.database.write() as session:
            session.execute(delete(CheckAnnotation))


def without_task(asking: Asking) -> bool:
    """Whether nothing is left of the tasks."""
    with asking.services.database.read() as session:
        mine = CheckTask.tenant_id == asking.alice.tenant_id
        return session.scalar(select(func.count()).select_from(CheckTask).where(mine)) == 0
