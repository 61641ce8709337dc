"""Checkouts by the real runner, at each sandbox level that this machine offers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.sandbox import Facilities, Level, probe
from tests.agent.runner.attempts import Attempts, log_lines, output, sh
from tests.scm.origins import Origin
from tests.scm.test_submodules import add_submodule, child_of

GIT = {"policy": {"file_urls": True}}


@pytest.fixture(params=["strongest", "without bubblewrap"])
def level(request: pytest.FixtureRequest) -> Facilities:
    strongest = probe()
    if request.param == "strongest":
        return strongest
    if strongest.level is not Level.BUBBLEWRAP:
        pytest.skip(f"the strongest level of this machine is {strongest.level} already")
    return probe("/nonexistent")


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()


def checkout(**inputs: Any) -> dict[str, Any]:
    return {"key": "checkout", "name": "Code checkout", "action": "checkout", "inputs": inputs}


def build(attempts: Attempts, level: Facilities, script: str, **inputs: Any) -> list[str]:
    """What the script prints in a step after the checkout."""
    uid = 61901 if os.getuid() == 0 and level.own_uid else None
    spool, report = attempts.run(checkout(**inputs), sh(script), git=GIT, facilities=level.to_dict(), uid=uid)
    assert report["outcome"] == "success", log_lines(spool)
    return output(spool)


@pytest.fixture
def origin(attempts: Attempts) -> Origin:
    made = Origin(attempts.base / "origin")
    made.commit("first", file="one\n")
    made.git("tag", "-a", "v1", "-m", "v1")
    made.commit("second", file="two\n")
    return made


def test_later_steps_find_a_usable_repository(attempts: Attempts, level: Facilities, origin: Origin) -> None:
    script = """
        git describe --abbrev=0
        git log --format=%s
        git status --porcelain
        git commit -q --allow-empty -m mine
        git log -1 --format=%s
    """
    env = {
        "GIT_AUTHOR_NAME": "b",
        "GIT_AUTHOR_EMAIL": "b@b",
        "GIT_COMMITTER_NAME": "b",
        "GIT_COMMITTER_EMAIL": "b@b",
    }
    exports = "".join(f"export {name}={value};" for name, value in env.items())
    printed = build(attempts, level, exports + script, url=origin.url, branch="main")
    assert printed == ["v1", "second", "first", "mine"]


def test_a_step_can_neither_change_its_mirror_nor_list_the_others(
    attempts: Attempts, level: Facilities, origin: Origin
) -> None:
    script = """
        objects=$(cat .git/objects/info/alternates)
        test -r "$objects/pack" && echo readable
        for place in "$objects/x" "$objects/pack/x" "$objects/../config" "$objects/../hooks"; do
            (echo bad >"$place") 2>/dev/null && echo "wrote $place" || :
        done
        ls "$objects/../.." 2>/dev/null | grep -c private || :
    """
    assert build(attempts, level, script, url=origin.url, branch="main") == ["readable", "0"]


def test_a_poisoned_repository_of_one_checkout_runs_nothing_as_the_agent_in_the_next(
    attempts: Attempts, level: Facilities, origin: Origin
) -> None:
    poison = """
        mkdir -p .git/hooks
        printf '#!/bin/sh\\nid -u >>/workspace/../ran 2>/dev/null; id -u >>"$HOME/ran"\\n' >.git/hooks/post-checkout
        chmod +x .git/hooks/post-checkout
        git config core.fsmonitor "$PWD/.git/hooks/post-checkout"
        git config core.hooksPath "$PWD/.git/hooks"
    """
    again = checkout(url=origin.url, branch="main") | {"key": "again"}
    uid = 61901 if os.getuid() == 0 and level.own_uid else None
    spool, report = attempts.run(
        checkout(url=origin.url, branch="main"),
        sh(poison, "Poison"),
        again,
        sh(
            'git config --get core.fsmonitor || echo clean; cat "$HOME/ran" 2>/dev/null || echo nothing ran',
            "Look",
        ),
        git=GIT,
        facilities=level.to_dict(),
        uid=uid,
    )
    assert report["outcome"] == "success", log_lines(spool)
    assert output(spool) == ["clean", "nothing ran"]


def test_submodules_are_usable_in_later_steps(attempts: Attempts, level: Facilities, origin: Origin) -> None:
    child = child_of(origin, "child")
    add_submodule(origin, "../child", "libs/child", child.git("rev-parse", "HEAD"))
    script = """
        cat libs/child/inner
        git submodule status | cut -c1,43-
        git -C libs/child log --format=%s
        git status --porcelain
    """
    printed = build(attempts, level, script, url=origin.url, branch="main", submodules=True)
    assert printed[0] == "child"
    assert printed[1].startswith(" libs/child")
    assert printed[2:] == ["child"]


def test_nothing_of_a_run_stays_pinned(attempts: Attempts, level: Facilities, origin: Origin) -> None:
    build(attempts, level, "true", url=origin.url, branch="main")
    mirrors = attempts.base / "mirrors"
    assert list(mirrors.glob("*.git"))
    assert not [path for path in mirrors.glob("*.git/refs/bottega/**/*") if Path(path).is_file()]
    assert list((mirrors / "private").iterdir()) == []
