"""What warm Maven and npm builds cost beside the same commands by hand: checkout, sandbox, log and record included."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from bench.api import Api
from bench.bench import Bench
from bench.row import Row
from bench.server import Server

WANTED_RATIO = 1.1
REPOSITORY = Path.home() / ".m2" / "repository"
CLASSES, TEST_FILES = 200, 40
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
        by_hand: list[float] = []
        built: list[float] = []
        for round_ in range(bench.count(5, 1) + 1):
            taken = _by_hand(server.root, source, command), _built(api, job_id)
            if round_:
                by_hand.append(taken[0])
                built.append(taken[1])
        api.close()
    finally:
        server.discard()
    return [
        Row(
            what=f"{name} build beside the same command by hand",
            unit="",
            samples=[a / b for a, b in zip(built, by_hand, strict=True)],
            wanted=WANTED_RATIO,
            note="from the POST until the record says SUCCESS, the checkout of the repository included",
        ),
        Row(what="— by hand, a copy of the files included", unit="s", samples=by_hand),
        Row(what="— the build", unit="s", samples=built),
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


def _by_hand(root: Path, source: Path, command: str) -> float:
    folder = root / "by-hand"
    begun = time.perf_counter()
    shutil.copytree(source, folder)
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - begun
    shutil.rmtree(folder)
    return taken


def _built(api: Api, job_id: str) -> float:
    begun = time.perf_counter()
    number = api.execute(job_id)
    ended = api.wait(job_id)
    api.finished(job_id, number)
    return ended - begun
