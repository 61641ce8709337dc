"""Small real projects, each built by a real runner with the tools of this machine, their tests and coverage counted."""

import importlib.util
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.runner.environment import PATH
from bottega.agent.spool import Spool
from tests.agent.runner.attempts import Attempts, ended, log_lines, sh

SAMPLES = Path(__file__).with_name("samples")
MAVEN_REPOSITORY = Path.home() / ".m2" / "repository"
MAVEN_NEEDS = (
    "org/apache/maven/plugins/maven-compiler-plugin/3.13.0/maven-compiler-plugin-3.13.0.jar",
    "org/apache/maven/plugins/maven-surefire-plugin/3.2.5/maven-surefire-plugin-3.2.5.jar",
    "org/junit/jupiter/junit-jupiter-engine/5.10.2/junit-jupiter-engine-5.10.2.jar",
)
MAVEN_GROUPS = (
    "com/thoughtworks",
    "commons-io",
    "javax/inject",
    "org/apache/apache",
    "org/apache/commons",
    "org/apache/maven",
    "org/apiguardian",
    "org/codehaus/plexus",
    "org/eclipse/aether",
    "org/junit",
    "org/opentest4j",
    "org/ow2",
    "org/slf4j",
    "org/sonatype",
)
"""What these need: copying all that a developer's machine has would take long."""
BUILD_SECONDS = 280.0
"""On a machine that does much else at the same time."""
NODE_REPORTERS = 20
CMAKE_JUNIT = (3, 21)


def needs(*programs: str) -> None:
    """Skip the test where one of them is not there for builds."""
    for program in programs:
        if shutil.which(program, path=PATH) is None:
            pytest.skip(f"this machine has no {program}")


def go_home() -> Path:
    """The Go of this machine, or of the wheel that the analysers bring; skips the test where there is neither."""
    program = shutil.which("go", path=PATH)
    if program is not None:
        told = subprocess.run([program, "env", "GOROOT"], capture_output=True, text=True, check=True)
        return Path(told.stdout.strip())
    found = importlib.util.find_spec("go")
    if found is None or found.origin is None:
        pytest.skip("this machine has no go")
    return Path(found.origin).parent


def version_of(program: str) -> tuple[int, ...]:
    """The numbers in what ``--version`` says, such as ``v20.1.2`` or ``cmake version 3.25.1``."""
    said = subprocess.run(
        [program, "--version"], env={"PATH": PATH}, capture_output=True, text=True, check=True
    ).stdout
    number = said.split("\n")[0].split()[-1].lstrip("v")
    return tuple(int(part) for part in number.split(".")[:2])


def _bring(path: Path, there: Path) -> None:
    """Link a file that everybody may read, because there are many; copy another one."""
    if path.stat().st_mode & stat.S_IROTH and path.stat().st_dev == there.parent.stat().st_dev:
        there.hardlink_to(path)
    else:
        shutil.copyfile(path, there)
        there.chmod(0o644)


class Built:
    """How a project's build ended, and what it reported."""

    def __init__(self, spool: Spool, report: dict[str, Any]) -> None:
        self.outcome = report["outcome"]
        self.lines = log_lines(spool)
        events = {event["type"]: event for event in spool.read_events(0)}
        tests = events.get("tests", {})
        self.tests = tuple(tests.get(name) for name in ("success", "failures", "errors", "others"))
        self.coverage = events.get("coverage", {})


class Projects:
    """Builds one below this folder, in a workspace of its own."""

    def __init__(self, attempts: Attempts) -> None:
        self.attempts = attempts
        self.shown: list[str] = []

    def show(self, source: Path, name: str, *below: str) -> Path:
        """Let builds read a copy of the folder ``source``, or of some folders below it."""
        copy = self.attempts.base / name
        for folder in below or (".",):
            for path in (source / folder).rglob("*"):
                if path.is_file() and path.suffix not in {".pyc", ".sha1"}:
                    there = copy / path.relative_to(source)
                    there.parent.mkdir(parents=True, exist_ok=True)
                    _bring(path, there)
        for path in (copy, *copy.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        self.shown.append(str(copy))
        return copy

    def build(self, action: str, command: str, coverage: str = "", image: str = "", **spec: Any) -> Built:
        """Copy the project of the same name into the workspace and run the command there."""
        source = self.show(SAMPLES / action, action)
        wanted = {"enable": True, "report_path": "**/TEST*.xml"}
        if coverage:
            wanted |= {"coverage": True, "coverage_report_path": coverage}
        step = {
            "key": "stage1",
            "name": "Build",
            "action": action,
            "inputs": {"command": command, "unit_test": wanted, "image": image},
            "label": "ext",
        }
        spool = self.attempts.start(
            sh(f"cp -r {source}/. ."),
            step,
            read_only_paths=self.shown,
            network=False,
            lease=BUILD_SECONDS,
            timeout_seconds=BUILD_SECONDS,
            **spec,
        )
        return Built(spool, ended(spool, BUILD_SECONDS))


@pytest.fixture
def projects() -> Iterator[Projects]:
    attempts = Attempts()
    yield Projects(attempts)
    attempts.close()


def test_python_with_what_it_brings_along(projects: Projects) -> None:
    needs("python3")
    built = projects.build("python", "python3 checks.py", "*.info")
    assert built.outcome == "success", built.lines
    assert built.tests == (2, 0, 0, 1)
    assert built.coverage["lines"] == {"covered": 4, "total": 5}


def test_npm_with_the_test_runner_of_node(projects: Projects) -> None:
    needs("npm", "node")
    if version_of("node")[0] < NODE_REPORTERS:
        pytest.skip("this machine's node has no reporters for JUnit and lcov")
    built = projects.build("npm", "npm test", "lcov.info")
    assert built.outcome == "success", built.lines
    assert built.tests == (2, 0, 0, 1)
    # What counts as a line differs from one node to the next.
    assert 0 < built.coverage["lines"]["covered"] < built.coverage["lines"]["total"]
    assert set(built.coverage) >= {"lines", "branches", "methods"}


def test_cmake_with_gcc_and_gcov(projects: Projects) -> None:
    needs("cmake", "gcc", "gcov", "make")
    if version_of("cmake") < CMAKE_JUNIT:
        pytest.skip("this machine's ctest writes no JUnit")
    command = """
        cmake -S . -B build
        cmake --build build
        ctest --test-dir build --output-junit ../TEST-ctest.xml
        sh lcov.sh
    """
    built = projects.build("cmake", command, "basket.info")
    assert built.outcome == "success", built.lines
    assert built.tests == (2, 0, 0, 0)
    assert built.coverage["lines"] == {"covered": 5, "total": 8}


def test_go_with_its_own_tests_and_coverage(projects: Projects) -> None:
    home = go_home()
    tools = [{"name": "go", "version": (home / "VERSION").read_text().split()[0][2:], "home": str(home)}]
    projects.shown.append(str(home))
    # Without optimising, what the tests need of the library is compiled sooner.
    command = """
        export GOCACHE="$PWD/.cache" GOTOOLCHAIN=local CGO_ENABLED=0
        go test -v -vet=off '-gcflags=all=-N -l' -coverprofile=cover.out ./... >tests.out
        sh reports.sh
    """
    built = projects.build("go", command, "*.info", "go1", tools=tools)
    assert built.outcome == "success", built.lines
    assert built.tests == (2, 0, 0, 1)
    assert built.coverage["lines"] == {"covered": 5, "total": 7}


def test_maven_with_surefire(projects: Projects) -> None:
    needs("mvn", "javac")
    if not all((MAVEN_REPOSITORY / path).is_file() for path in MAVEN_NEEDS):
        pytest.skip("this machine has no copy of the plugins and of JUnit, and tests do not fetch any")
    repository = projects.show(MAVEN_REPOSITORY, "m2", *MAVEN_GROUPS)
    command = f"mvn -B -o -q -Dmaven.repo.local={repository} -DforkCount=0 test"
    options = "-Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    built = projects.build("maven", command, env={"MAVEN_OPTS": options})
    assert built.outcome == "success", built.lines
    assert built.tests == (2, 0, 0, 1)
