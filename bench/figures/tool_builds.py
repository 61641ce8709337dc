"""What warm Maven and npm builds cost beside the same commands by hand: checkout, sandbox, log and record included."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.api import Api
from bench.bench import Bench
from bench.processes import cpu_seconds, tree
from bench.row import Row
from bench.server import Server

WANTED_RATIO = 1.1
REPOSITORY = Path.home() / ".m2" / "repository"
CLASSES, TEST_FILES = 200, 40
REAPED_SECONDS = 5.0
POLL_SECONDS = 0.05
"""As an eager person's script does; what asks all the time takes processors from the build that it waits for."""
_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>bench</groupId><artifactId>bench</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>11</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <build><plugins><plugin>
    <artifactId>maven-compiler-plugin</artifactId><version>3.13.0</version>
  </plugin></plugins></build>
</project>
"""


class _Project(msgspec.Struct):
    """A project's files, the module of its step, and its command, for a folder with Maven's repository."""

    files: dict[str, str]
    program: str
    command: Callable[[Path], str]


class _Cost(NamedTuple):
    """Seconds by the clock, and of all processors."""

    seconds: float
    cpu: float


def _maven() -> _Project:
    body = "".join(f"    public int m{n}(int a) {{ return a * {n} + {n}; }}\n" for n in range(40))
    java = {
        f"src/main/java/b/C{n}.java": f"package b;\npublic class C{n} {{\n{body}}}\n" for n in range(CLASSES)
    }
    return _Project(
        {"pom.xml": _POM, **java},
        "mvn",
        lambda folder: f"mvn -B -o -q -Dmaven.repo.local={folder} compiler:compile",
    )


def _npm() -> _Project:
    test = "const test = require('node:test');\nfor (let n = 0; n < 20; n++) test(`t${n}`, () => {});\n"
    package = '{"name": "bench", "version": "1.0.0", "scripts": {"test": "node --test test/"}}\n'
    files = {f"test/t{n}.test.js": test for n in range(TEST_FILES)}
    return _Project({"package.json": package, **files}, "npm", lambda _folder: "npm test")


def measure(bench: Bench) -> list[Row]:
    rows: list[Row] = []
    for name, project in (("Maven", _maven()), ("npm", _npm())):
        if shutil.which(project.program) is None or (name == "Maven" and not REPOSITORY.is_dir()):
            continue
        rows += _measure(bench, name, project)
    return rows


def _measure(bench: Bench, name: str, project: _Project) -> list[Row]:
    server = Server()
    jars = server.root / "m2"
    try:
        if name == "Maven":
            shutil.copytree(REPOSITORY, jars, copy_function=os.link)
            subprocess.run(["chmod", "-R", "a+rX", jars], check=True)
            server.data.mkdir(mode=0o711)
            (server.data / "bottega.toml").write_text(f'[sandbox]\nread_only_paths = ["{jars}"]\n')
        source = server.root / "source"
        _write(source, project)
        server.start()
        api = Api(server)
        command = project.command(jars)
        job_id = _task(api, server, name, source, command)
        by_hand: list[_Cost] = []
        built: list[_Cost] = []
        for round_ in range(bench.count(9, 1) + 1):
            taken = _by_hand(server.root, source, command), _built(server, api, job_id)
            if round_:
                by_hand.append(taken[0])
                built.append(taken[1])
        api.close()
    finally:
        server.discard()
    pairs = list(zip(built, by_hand, strict=True))
    return [
        Row(
            what=f"{name} build beside the same command by hand",
            unit="",
            samples=[build.seconds / hand.seconds for build, hand in pairs],
            wanted=WANTED_RATIO,
            note="from the POST until the record says SUCCESS, the checkout of the repository included",
        ),
        Row(
            what="— the same in processor time",
            unit="",
            samples=[build.cpu / hand.cpu for build, hand in pairs],
            wanted=WANTED_RATIO,
            note="of server, broker and agent with all they run, by the kernel's account",
        ),
        Row(what="— by hand, git clone included", unit="s", samples=[one.seconds for one in by_hand]),
        Row(what="— — its processor time", unit="s", samples=[one.cpu for one in by_hand]),
        Row(what="— the build", unit="s", samples=[one.seconds for one in built]),
        Row(what="— — its processor time", unit="s", samples=[one.cpu for one in built]),
    ]


def _write(folder: Path, project: _Project) -> None:
    for name, text in project.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for arguments in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        (*_IDENTITY, "commit", "-q", "-m", "bench"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def _task(api: Api, server: Server, name: str, source: Path, command: str) -> str:
    step = {
        "module_id": "devcloud2018.codeci_action_20017.action",
        "name": name,
        "enable": True,
        "properties": {"command": command},
    }
    body = {
        "arch": "x86-64",
        "project_id": server.credentials["project_id"],
        "job_name": name,
        "scms": [{"url": source.as_uri(), "scm_type": "codehub", "branch": "main", "build_type": "branch"}],
        "steps": [step],
    }
    return api.call("POST", "/v1/job/create", body)["result"]["job_id"]


def _by_hand(root: Path, source: Path, command: str) -> _Cost:
    folder = root / "by-hand"
    begun, busy = time.perf_counter(), _busy_here()
    subprocess.run(["git", "clone", "-q", source.as_uri(), folder], check=True)
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    cost = _Cost(time.perf_counter() - begun, _busy_here() - busy)
    shutil.rmtree(folder)
    return cost


def _built(server: Server, api: Api, job_id: str) -> _Cost:
    begun, busy = time.perf_counter(), _busy_there(server)
    number = api.execute(job_id)
    ended = api.wait(job_id, POLL_SECONDS)
    api.finished(job_id, number)
    _until_reaped(server)
    return _Cost(ended - begun, _busy_there(server) - busy)


def _busy_here() -> float:
    """Processor seconds of this process and of the children it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _busy_there(server: Server) -> float:
    return sum(cpu_seconds(pid, with_children=True) for pid in server.processes().values())


def _until_reaped(server: Server) -> None:
    """Wait for the runner's end: the kernel adds up what a child has spent when its parent hears of its death."""
    limit = time.perf_counter() + REAPED_SECONDS
    while len(tree(server.processes()["agent"])) > 1 and time.perf_counter() < limit:
        time.sleep(0.05)
