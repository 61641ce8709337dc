"""The sample repository: a text, a script that builds a report of it, a test of the report, and a flawed program."""

import shutil
import subprocess
from pathlib import Path

from bottega.demo.errors import DemoError

BRANCH = "main"
AUTHOR = "Bottega demo"
ADDRESS = "demo@example.com"
LANGUAGES = ("python", "shell")

FILES = {
    "README": (
        "A sample project: build.sh counts the words of poem.txt, test.sh looks whether it counted well.\n"
        "words.py counts them as well, and not as it should.\n"
    ),
    "poem.txt": (
        "The stone is cut, the mortar mixed,\n"
        "the beam is planed, the joint is fixed;\n"
        "who builds by night and builds by day\n"
        "shall find the work not far away.\n"
    ),
    "build.sh": (
        "#!/bin/sh\n"
        "set -eu\n"
        "mkdir -p out\n"
        ": > out/report.txt\n"
        "number=0\n"
        "while IFS= read -r line; do\n"
        "    number=$((number + 1))\n"
        "    words=$(printf '%s\\n' \"$line\" | wc -w)\n"
        '    echo "line $number: $words words"\n'
        '    echo "$number $words" >> out/report.txt\n'
        # A build that is over at once shows nothing of a log that is followed.
        '    sleep "${PAUSE:-0}"\n'
        "done < poem.txt\n"
    ),
    "test.sh": (
        "#!/bin/sh\n"
        "set -eu\n"
        "counted=$(awk '{ sum += $2 } END { print sum }' out/report.txt)\n"
        "expected=$(wc -w < poem.txt)\n"
        'echo "$counted words were counted, $expected are there"\n'
        '[ "$counted" -eq "$expected" ]\n'
    ),
    "words.py": (
        '"""Prints how many words there are on standard input."""\n'
        "\n"
        "import os\n"
        "import sys\n"
        "\n"
        "\n"
        "def count(lines, counted=[]):\n"
        "    for line in lines:\n"
        "        counted.append(len(line.split()))\n"
        "    return sum(counted)\n"
        "\n"
        "\n"
        'if __name__ == "__main__":\n'
        "    print(count(sys.stdin))\n"
    ),
}

# Neither the person's own settings (signing, hooks, templates) nor the host's may change what is made here.
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": AUTHOR,
    "GIT_AUTHOR_EMAIL": ADDRESS,
    "GIT_COMMITTER_NAME": AUTHOR,
    "GIT_COMMITTER_EMAIL": ADDRESS,
    "HOME": "/nonexistent",
}


def require_git() -> None:
    """Raise :class:`DemoError` when there is no git, before anything is started."""
    if shutil.which("git") is None:
        raise DemoError("git is not on PATH; install it first (Debian: apt-get install git)")


def prepare(folder: Path, path: str) -> str:
    """The URL of the repository in ``folder``, which is made unless it is there. ``path`` is the PATH to find git on.

    Raises :class:`DemoError` when it cannot be made.
    """
    if not (folder / ".git").is_dir():
        # Made elsewhere and moved in one step: an interruption leaves no half a repository for the next run.
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir(parents=True)
            for name, text in FILES.items():
                (unfinished / name).write_text(text, "utf-8")
        except OSError as error:
            raise DemoError(f"cannot write the sample repository: {error.strerror}: {unfinished}") from None
        _git(unfinished, path, "init", "--quiet", f"--initial-branch={BRANCH}", "--template=")
        _git(unfinished, path, "add", "--all")
        _git(unfinished, path, "commit", "--quiet", "--message", "Count the words of a poem")
        unfinished.rename(folder)
    return folder.as_uri()


def _git(folder: Path, path: str, *arguments: str) -> None:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**_ENVIRONMENT, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise DemoError(f"git {arguments[0]} failed for the sample repository: {said}")
