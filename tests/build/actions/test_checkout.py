"""The step "Code checkout": a real repository, a real mirror, a real runner in the real sandbox."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.agent.runner.attempts import Attempts, ended, log_lines, output, sh, stages
from tests.support.waiting import eventually

GIT = {"policy": {"file_urls": True}}


class Repository:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.first = self.commit("file", "one\n", "First commit")

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        command = ["git", *identity, *arguments]
        return subprocess.run(
            command, cwd=self.path, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, name: str, content: str, message: str) -> str:
        (self.path / name).write_text(content)
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(attempts: Attempts) -> Repository:
    return Repository(attempts.base / "origin")


def checkout(**inputs: Any) -> dict[str, Any]:
    return {
        "key": "checkout",
        "name": "Code checkout",
        "action": "checkout",
        "inputs": inputs,
        "label": "external_pre_checkout",
    }


def pins(attempts: Attempts) -> list[Path]:
    return list((attempts.base / "mirrors").glob("*.git/refs/bottega/build/*/*"))


def test_a_branch_is_checked_out_and_the_commit_is_known_to_all(
    attempts: Attempts, repository: Repository
) -> None:
    show = 'cat file; echo "$COMMIT_ID $COMMIT_ID_SHORTER"; git status --short --branch; git log --format=%s'
    spool, report = attempts.run(checkout(url=repository.url, branch="main"), sh(show), git=GIT)
    assert report["outcome"] == "success", log_lines(spool)
    first = repository.first
    assert output(spool) == ["one", f"{first} {first[:8]}", "## main...origin/main", "First commit"]
    source = next(event for event in spool.read_events(0) if event["type"] == "source")
    assert (source["commit"], source["branch"], source["url"]) == (first, "main", repository.url)
    assert source["message"].strip() == "First commit"
    assert source["author"].startswith("Ada")
    assert pins(attempts) == []


def test_a_tag_a_commit_and_a_folder_can_be_asked_for(attempts: Attempts, repository: Repository) -> None:
    repository.git("tag", "v1")
    second = repository.commit("file", "two\n", "Second commit")
    steps = [
        checkout(url=repository.url, branch="main", tag="v1", path="old") | {"key": "a"},
        sh('cat old/file; echo "$GIT_TAG"', "Show old"),
        checkout(url=repository.url, commit=second, path="new/er") | {"key": "b"},
        sh('cat new/er/file; echo "$COMMIT_ID"', "Show new"),
    ]
    spool, report = attempts.run(*steps, git=GIT)
    assert report["outcome"] == "success", log_lines(spool)
    assert output(spool) == ["one", "v1", "two", second]


def test_a_missing_branch_fails_the_step_with_one_sentence(
    attempts: Attempts, repository: Repository
) -> None:
    spool, report = attempts.run(checkout(url=repository.url, branch="mian"), sh("echo never"), git=GIT)
    assert report["outcome"] == "failure"
    assert stages(spool) == {
        "initial": "success",
        "checkout": "failure",
        "shell": "skipped",
        "final": "success",
    }
    errors = [line for line in log_lines(spool) if line.startswith("ERROR [Code checkout")]
    assert "mian" in errors[0]


def test_a_refused_url_fails_the_step(attempts: Attempts, repository: Repository) -> None:
    spool, report = attempts.run(checkout(url=repository.url, branch="main"), git={})
    assert report["outcome"] == "failure"
    assert any("refused" in line for line in log_lines(spool))


def test_a_credential_never_shows_in_the_log(attempts: Attempts, repository: Repository) -> None:
    secret = "glpat-0123456789"
    credential = {"kind": "basic", "username": "bob", "secret": secret, "host": "example.invalid"}
    git = {**GIT, "credentials": [credential]}
    spool, _ = attempts.run(checkout(url=repository.url, branch="main"), sh(f"echo {secret}"), git=git)
    assert secret not in spool.read_log(0, 1 << 20).decode()


def test_a_stop_during_a_fetch_ends_it_and_lets_go_of_the_pins(
    attempts: Attempts, repository: Repository
) -> None:
    # The fetch hangs: the repository it reads from is a pipe that nobody writes to.
    head = repository.path / ".git" / "HEAD"
    head.unlink()
    subprocess.run(["mkfifo", str(head)], check=True)
    spool = attempts.start(checkout(url=repository.url, branch="main"), git=GIT)
    eventually(lambda: any(event.get("key") == "checkout" for event in spool.read_events(0)))
    spool.request_stop(0.2, "enough")
    report = ended(spool)
    assert report["outcome"] == "aborted", log_lines(spool)
    assert pins(attempts) == []
