"""Real repositories to fetch from, made in a folder of the test."""

import os
import subprocess
from pathlib import Path

GIT_ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "2024-02-03T04:05:06+08:00",
    "GIT_AUTHOR_DATE": "2024-02-03T04:05:06+08:00",
}


class Origin:
    """A repository with a work tree, as a developer has it; fetched from by its ``url``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "-b", "main")

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.path,
            env=GIT_ENV,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str = "change", **files: str) -> str:
        """Write files (``a__b`` means ``a/b``) and commit; returns the commit's id."""
        for name, text in (files or {"file": message}).items():
            target = self.path / name.replace("__", "/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def object_count(git_dir: Path) -> int:
    """How many objects a repository has, loose and packed."""
    shown = subprocess.run(
        ["git", f"--git-dir={git_dir}", "count-objects", "-v"],
        env=GIT_ENV,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    counts = dict(line.split(": ") for line in shown.splitlines())
    return int(counts["count"]) + int(counts["in-pack"])
