"""The whole application behind a real HTTP server in this process: all services, no agents, two tenants.

Runs stay queued, so that nothing happens that a test did not ask for; :meth:`Application.world` ends one by hand.
"""

import itertools
import os
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar import Litestar
from sqlalchemy import select, update

from bottega import app
from bottega.artifacts.tables import ArtifactFile
from bottega.build.reports.figures import Counter, Coverage, UnitTests
from bottega.check.issues.tables import CheckIssue
from bottega.check.reports.tables import CheckReportJob
from bottega.check.tasks.tables import CheckTask
from bottega.clock import epoch_ms
from bottega.iam.standing import present_principal
from bottega.iam.tables import Tenant
from bottega.iam.tenants import Credentials
from bottega.ids import new_hex, new_secret, new_uuid
from bottega.routes import create_app
from bottega.runs.pools.registry import create
from bottega.runs.tables import Run
from bottega.settings import load
from bottega.transfers.wire import Lease
from tests.build.api.test_records import stage
from tests.build.harness import end_run, parameter, task_body, template_body
from tests.check.making import Scans, finding, result
from tests.check.tasks.harness import add_scan
from tests.support.catalogues import share_catalogue
from tests.support.forges import PASSWORD, USER, shared_forge
from tests.support.http_sink import shared_sink
from tests.support.migrated import put_database
from tests.support.passwords import quick_passwords
from tests.support.repositories import shared_repository
from tests.support.served import served

quick_passwords()

LOG = "".join(f"[2026/01/01 00:00:00.000 GMT+08:00] [INFO] line {number}\n" for number in range(20))
CALL_SECONDS = 20.0
RULE = "ruff:F401"

_names = itertools.count(1)
_description: dict[str, Any] = {}


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of things of one tenant, as calls name them.

    Build 1 of the task has succeeded, has a log and has uploaded a file, build 2 waits. ``token`` is one more token of
    the user. The deleted task is in the recycle bin. The member has a permission on the file, and the colleague none.
    ``task_id`` is a check task whose newest check has found ``issue_id``, ``checking_task_id`` one whose first check,
    ``scan_id``, waits. ``ruleset_id`` is a rule set for Python that nothing uses, ``task_group_id``
    an empty group of check tasks.
    """

    domain_id: str
    domain_name: str
    user_id: str
    user_name: str
    iam_project_id: str
    project_id: str
    group_id: str
    other_group_id: str
    job_id: str
    deleted_job_id: str
    build_project_id: str
    record_id: str
    root_id: str
    file_id: str
    version_id: str
    template_uuid: str
    keystore_id: str
    keystore_name: str
    permission_id: str
    member_id: str
    colleague_id: str
    colleague_name: str
    build_no: str
    waiting_build_no: str
    waiting_record_id: str
    pool_name: str
    empty_pool_name: str
    agent_name: str
    token: str
    hook_id: str
    hook_secret: str
    delivery_id: str
    badge_token: str
    task_id: str
    checking_task_id: str
    scan_id: str
    ruleset_id: str
    issue_id: str
    task_group_id: str
    webhook_id: str
    async_job_id: str
    job_file: str

    @property
    def ids(self) -> dict[str, str]:
        return msgspec.structs.asdict(self)


BUILT = frozenset(
    {"group_id", "other_group_id", "job_id", "deleted_job_id", "build_project_id", "record_id", "root_id"}
    | {"file_id", "version_id", "build_no", "waiting_build_no", "waiting_record_id", "hook_id", "hook_secret"}
    | {"delivery_id", "badge_token"}
)
TEMPLATE = frozenset({"template_uuid"})
FILE = frozenset(
    {"keystore_id", "keystore_name", "permission_id", "member_id", "colleague_id", "colleague_name"}
)
POOLS = frozenset({"pool_name", "empty_pool_name", "agent_name"})
TOKEN = frozenset({"token"})
CHECKING = frozenset({"checking_task_id", "scan_id"})
RULE_SET = frozenset({"ruleset_id"})
CHECKED = frozenset({"task_id", "issue_id", "async_job_id", "job_file"})
TASK_GROUP = frozenset({"task_group_id"})
THINGS = BUILT | TEMPLATE | FILE | POOLS | TOKEN | CHECKING | RULE_SET | CHECKED | TASK_GROUP
"""What belongs to a world, in parts that can be made without the others."""


class Application:
    """The services, where they are served, and callers of two tenants."""

    def __init__(self, services: app.Services, routes: Litestar, url: str) -> None:
        self.services = services
        self.routes = routes
        self.url = url
        self._looked_at: World | None = None
        self.mine = services.iam.create_tenant(f"mine-{new_hex()}", url)
        self.other = services.iam.create_tenant(f"other-{new_hex()}", url)
        with services.database.write() as session:
            # The first tenant runs the installation: made in one millisecond, either could be the first.
            session.execute(update(Tenant).where(Tenant.id == self.mine.domain_id).values(created_at=1))
        # Without verify=False a client reads all certificate authorities first.
        self.stranger = httpx.Client(base_url=url, trust_env=False, verify=False, timeout=CALL_SECONDS)

    def token(self, who: Credentials, scope: Any = None) -> str:
        """A token; for the tenant's IAM project unless told otherwise."""
        user = {"name": who.user_name, "password": who.password, "domain": {"id": who.domain_id}}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"id": who.iam_project_id}} if scope is None else scope
        answer = self.stranger.post("/v3/auth/tokens", json={"auth": {"identity": identity, "scope": scope}})
        assert answer.status_code == 201, answer.text
        return answer.headers["x-subject-token"]

    def caller(self, token: str) -> httpx.Client:
        """A client whose calls have the token."""
        return httpx.Client(
            base_url=self.url,
            headers={"X-Auth-Token": token},
            trust_env=False,
            verify=False,
            timeout=CALL_SECONDS,
        )

    def description(self) -> dict[str, Any]:
        """The OpenAPI description, which is the same for all applications: only the first of a process is asked."""
        if not _description:
            _description.update(self.stranger.get("/openapi/openapi.json").raise_for_status().json())
        return _description

    def looked_at(self, http: httpx.Client) -> World:
        """The first tenant's world for all calls that only read: made by the first that asks, and changed by none."""
        if self._looked_at is None:
            self._looked_at = self.world(self.mine, http)
        return self._looked_at

    def world(self, who: Credentials, http: httpx.Client, around: Collection[str] | None = None) -> World:
        """A new project of the tenant with a task that was built once and is to be built again, and all else.

        ``around`` names fields: then there is what belongs together with one of those, and of all else nothing.
        """
        number = next(_names)
        project = self._call(http, "/v4/project", {"project_name": f"project {number}"})["project_id"]
        parts: dict[frozenset[str], Callable[[], dict[str, str]]] = {
            BUILT: lambda: self._built(who, http, project, number),
            TEMPLATE: lambda: self._template(http, number),
            FILE: lambda: self._file(who, http, number, project),
            POOLS: self._pools,
            TOKEN: lambda: {"token": self._another_token(http)},
            CHECKING: lambda: self._check(http, project),
            RULE_SET: lambda: {"ruleset_id": self._rule_set(http, project)},
            CHECKED: lambda: self._checked(http, project),
            TASK_GROUP: lambda: {"task_group_id": self._task_group(http, project)},
        }
        made = nowhere().ids
        for fields, make in parts.items():
            if around is None or not fields.isdisjoint(around):
                made |= make()
        return World(
            **{
                **made,
                "domain_id": who.domain_id,
                "domain_name": who.domain_name,
                "user_id": who.user_id,
                "user_name": who.user_name,
                "iam_project_id": who.iam_project_id,
                "project_id": project,
            }
        )

    def _built(self, who: Credentials, http: httpx.Client, project: str, number: int) -> dict[str, str]:
        """The task, its two builds and all that belongs to it, and another one in the recycle bin."""
        task = task_body(project, f"task-{number}", parameters=[parameter("version", "1")])
        job_id = self._call(http, "/v1/job/create", task)["result"]["job_id"]
        for _ in range(2):
            self._call(http, "/v1/job/execute", {"job_id": job_id})
        record, waiting = (self._record(http, job_id, build_no) for build_no in (1, 2))
        self.services.live_logs.append(record["id"], 0, LOG.encode())
        uploaded = self._uploaded(record["id"])
        stages = [stage("stage1", "success", 1, 2, log_end=len(LOG))]
        source = {"source_url": "https://git.example.com/group/shop.git", "repository": "shop"}
        end_run(self.services.database, record["id"], "SUCCESS", stages=stages, **source)
        return {
            **self._groups(http, project),
            "job_id": job_id,
            "deleted_job_id": self._deleted_task(http, project, number),
            "build_project_id": record["build_project_id"],
            "record_id": record["id"],
            **uploaded,
            "root_id": self._reported(who, job_id, record["id"]),
            "build_no": "1",
            "waiting_build_no": "2",
            "waiting_record_id": waiting["id"],
            **self._hook(http, job_id),
            "badge_token": self._badge(http, job_id),
        }

    def _template(self, http: httpx.Client, number: int) -> dict[str, str]:
        made = self._call(http, "/v1/template/create", template_body(f"template {number}"))
        return {"template_uuid": made["result"]["uuid"]}

    @staticmethod
    def _record(http: httpx.Client, job_id: str, build_no: int) -> dict[str, Any]:
        answer = http.get(f"/v4/jobs/{job_id}/{build_no}/record-info")
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def _groups(self, http: httpx.Client, project_id: str) -> dict[str, str]:
        """Two groups of the project, side by side."""
        path = f"/v1/job/{project_id}/group/create"
        ids = [self._call(http, path, {"name": name})["result"][0]["id"] for name in ("one", "two")]
        return {"group_id": ids[0], "other_group_id": ids[1]}

    def _hook(self, http: httpx.Client, job_id: str) -> dict[str, str]:
        """A webhook of the task, and a push to another repository that came in by it."""
        hook = self._call(http, f"/v1/job/{job_id}/hooks", {})["result"]
        headers = {"X-Gitlab-Token": hook["secret"], "X-Gitlab-Event": "Push Hook"}
        push = {"ref": "refs/heads/master", "after": "1" * 40}
        answer = self.stranger.post(f"/hooks/{hook['id']}", json=push, headers=headers)
        assert answer.status_code == 202, answer.text
        delivery_id = answer.json()["delivery_id"]
        return {"hook_id": hook["id"], "hook_secret": hook["secret"], "delivery_id": delivery_id}

    def _badge(self, http: httpx.Client, job_id: str) -> str:
        url: str = self._call(http, f"/v1/job/{job_id}/badge/link", {})["result"]["url"]
        return url.rpartition("/")[2].removesuffix(".svg")

    def _checked(self, http: httpx.Client, project_id: str) -> dict[str, str]:
        """The check task, an issue that its newest check has found, and a webhook that hears of it."""
        task_id = self._check_task(http, project_id)
        Scans(self.services.database, task_id)(result([finding("src/shop.py")]))
        with self.services.database.read() as session:
            issue_id = session.scalars(select(CheckIssue.id).where(CheckIssue.task_id == task_id)).one()
        webhook = self._call(http, f"/v4/tasks/{task_id}/task-webhook-info", {"webhookUrl": shared_sink()})
        return {
            "task_id": task_id,
            "issue_id": issue_id,
            "webhook_id": webhook["result"]["id"],
            **self._report(task_id),
        }

    def _report(self, task_id: str) -> dict[str, str]:
        """A report of the task that can be fetched."""
        key = f"reports/{new_hex()}"
        self.services.report_jobs._objects.put(key, b"%PDF-")
        with self.services.database.write() as session:
            tenant_id = session.get_one(CheckTask, task_id).tenant_id
            job = CheckReportJob(
                task_id=task_id,
                tenant_id=tenant_id,
                state="SUCCESS",
                file=f"{task_id}.pdf",
                object_key=key,
                created_at=epoch_ms(),
            )
            session.add(job)
            session.flush()
            return {"async_job_id": str(job.id), "job_file": job.file}

    def _task_group(self, http: httpx.Client, project_id: str) -> str:
        """A group of check tasks with nothing in it."""
        group_id: str = self._call(http, f"/v4/projects/{project_id}/task-groups", {"name": "ours"})[
            "result"
        ]["id"]
        return group_id

    def _check_task(self, http: httpx.Client, project_id: str) -> str:
        """A check task that was checked once."""
        body = {"git_url": shared_forge(), "git_branch": "master", "language": ["python"]}
        opened_by = {"username": USER, "access_token": PASSWORD}
        task_id: str = self._call(http, f"/v2/{project_id}/task", {**body, **opened_by})["task_id"]
        add_scan(self.services.database, task_id, files=["src/shop.py", "README.md"])
        return task_id

    def _check(self, http: httpx.Client, project_id: str) -> dict[str, str]:
        """A check task whose first check waits."""
        body = {"git_url": shared_repository(), "git_branch": "main", "language": ["python"]}
        task_id: str = self._call(http, f"/v2/{project_id}/task", {**body, "task_name": "checking"})[
            "task_id"
        ]
        scan_id: str = self._call(http, f"/v2/tasks/{task_id}/run", {})["exec_id"]
        return {"checking_task_id": task_id, "scan_id": scan_id}

    def _rule_set(self, http: httpx.Client, project_id: str) -> str:
        """A custom rule set that nothing uses."""
        body = {
            "project_id": project_id,
            "template_name": "ours",
            "language": "python",
            "is_default": "0",
            "rule_ids": RULE,
        }
        answer = http.post("/v2/ruleset", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["template_id"]

    def _pools(self) -> dict[str, str]:
        """A pool with an agent, and one without; both belong to nobody's tenant."""
        names = [new_hex(), new_hex()]
        with self.services.database.write() as session:
            for name in names:
                create(session, name, description="", concurrency=None, created_by="tests")
        agent = self.services.agents.enrol(new_hex(), names[0], "nats://localhost")
        return {"pool_name": names[0], "empty_pool_name": names[1], "agent_name": agent.name}

    def _reported(self, who: Credentials, job_id: str, run_id: str) -> str:
        """The root id of a coverage report of build 1, which has also reported its tests."""
        with self.services.database.read() as session:
            user = present_principal(session, who.domain_id, who.user_id)
        assert user is not None
        reports = self.services.reports
        reports.store_tests(user, run_id, "stage1", UnitTests(success=4, failures=1))
        covered = Coverage(lines=Counter(covered=1, total=3))
        reports.store_coverage(user, run_id, "stage1", covered, iter([b"PK"]))
        return reports.coverage(user, job_id, 1)[0].root_id

    def _uploaded(self, run_id: str) -> dict[str, str]:
        """A file of the release repository, uploaded by that build, and its version."""
        lease = Lease(run_id=run_id, attempt=1, lease_token="0" * 32)
        change = {"state": "RUNNING", "attempt": 1, "lease_token": "0" * 32, "lease_expires_at": 2**50}
        with self.services.database.write() as session:
            session.execute(update(Run).where(Run.id == run_id).values(**change))
        transfers = self.services.transfers
        upload_id = transfers.announce(lease, "artifact", {"path": "shop.jar"}, 7)
        file_id = transfers.receive(lease, upload_id, iter([b"content"]))["file_id"]
        cache_id = transfers.announce(lease, "cache", {"tool": "maven", "key": "0" * 64}, 7)
        transfers.receive(lease, cache_id, iter([b"content"]))
        with self.services.database.read() as session:
            return {"file_id": file_id, "version_id": session.get_one(ArtifactFile, file_id).version_id}

    def _deleted_task(self, http: httpx.Client, project_id: str, number: int) -> str:
        job_id = self._call(http, "/v1/job/create", task_body(project_id, f"deleted-{number}"))["result"][
            "job_id"
        ]
        assert http.delete(f"/v1/job/{job_id}/delete").status_code == 200
        return job_id

    def _file(self, who: Credentials, http: httpx.Client, number: int, project_id: str) -> dict[str, str]:
        """A file of the tenant on which a member of the project has a permission, and a user who is neither."""
        name = f"{new_hex()}.xml"
        files = {"file": (name, b"<settings/>")}
        answer = http.post("/v2/keystore/upload", files=files, data={"privacy": "true"})
        assert answer.status_code == 200, answer.text
        file_id = answer.json()["result"]["keystore_id"]
        add = self.services.iam.users.add
        users = [add(who.domain_id, f"{part}-{number}", new_hex()) for part in ("one", "two")]
        flags = dict.fromkeys(("setting", "delete", "modify", "usage", "can_absent"), True)
        row = {"keystore_id": file_id, "user_id": users[0].id, "user_name": users[0].name, **flags}
        answer = http.post(f"/v4/projects/{project_id}/member", json={"user_id": users[0].id})
        assert answer.status_code == 204, answer.text
        return {
            "member_id": users[0].id,
            "keystore_id": file_id,
            "keystore_name": name,
            "permission_id": self._call(http, "/v2/keystore/permission/add", row)["result"],
            "colleague_id": users[1].id,
            "colleague_name": users[1].name,
        }

    @staticmethod
    def _another_token(http: httpx.Client) -> str:
        # Not by the password: tests that try passwords use up the attempts an address has.
        identity = {"methods": ["token"], "token": {"id": http.headers["X-Auth-Token"]}}
        body = {"auth": {"identity": identity, "scope": {"project": {"name": "cn-north-4"}}}}
        answer = http.post("/v3/auth/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return answer.headers["x-subject-token"]

    @staticmethod
    def _call(http: httpx.Client, path: str, body: Mapping[str, Any]) -> Any:
        answer = http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


def nowhere() -> World:
    """Ids of the right kinds under which there was never anything."""
    return World(
        domain_id=new_hex(),
        domain_name=new_hex(),
        user_id=new_hex(),
        user_name=new_hex(),
        iam_project_id=new_hex(),
        project_id=new_hex(),
        group_id=new_hex(),
        other_group_id=new_hex(),
        job_id=new_hex(),
        deleted_job_id=new_hex(),
        build_project_id=new_uuid(),
        record_id=new_uuid(),
        root_id=new_hex(),
        file_id=new_hex(),
        version_id=new_hex(),
        template_uuid=new_hex(),
        keystore_id=new_hex(),
        keystore_name=f"{new_hex()}.xml",
        permission_id=new_hex(),
        member_id=new_hex(),
        colleague_id=new_hex(),
        colleague_name=new_hex(),
        build_no="777",
        waiting_build_no="777",
        waiting_record_id=new_uuid(),
        pool_name=new_hex(),
        empty_pool_name=new_hex(),
        agent_name=new_hex(),
        token=new_hex(),
        hook_id=new_hex(),
        hook_secret=new_secret(),
        delivery_id=new_uuid(),
        badge_token=new_secret(),
        task_id=new_hex(),
        checking_task_id=new_hex(),
        scan_id=new_hex(),
        ruleset_id=new_hex(),
        issue_id=new_hex(),
        task_group_id=new_hex(),
        webhook_id=new_hex(),
        async_job_id="2147483647",
        job_file=f"{new_hex()}.pdf",
    )


@contextmanager
def application(
    folder: Path, database_url: str = "", missing: Callable[[], list[str]] = list, **settings: Any
) -> Generator[Application]:
    """Serve the application while the block runs; on a SQLite database of its own unless one with tables is given."""
    given = {"data_dir": os.fspath(folder / "data"), "database": {"url": database_url}, **settings}
    given["files"] = {"per_tenant": 10_000}
    # Nothing is posted to any other host, whatever URLs are made up.
    given["notify"] = {"allowed_hosts": ["127.0.0.1"]}
    if not database_url:
        put_database(folder / "data")
    services = app.Services(load(overrides=given, environment={}))
    if not database_url:
        app.bring_schema_up(services.database)
    share_catalogue(services)
    asgi = create_app(services, missing)
    try:
        with served(asgi) as url:
            front: Any = asgi._app
            routes = front._api
            running = Application(services, routes, url)
            try:
                yield running
            finally:
                running.stranger.close()
    finally:
        asgi.close()
        services.close()
