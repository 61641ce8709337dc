"""Each kind of forge is told in its own words."""

import json

import pytest
from sqlalchemy.orm import Session

from bottega.build.commit_status.posts import post_of
from bottega.build.commit_status.statuses import MAX_DESCRIPTION, Status, Verdict, build_words, status_of
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.forges.test_forge import forge

COMMIT = "b" * 40
STATUS = Status(
    verdict=Verdict.SUCCESS, context="bottega/shop", description="Build 3 succeeded", link="https://b/3"
)


def test_github_is_told_by_its_statuses_api() -> None:
    post = post_of(forge("github"), "group/shop", COMMIT, STATUS)
    assert post.url == f"https://git.example.com/api/repos/group/shop/statuses/{COMMIT}"
    assert post.headers["Authorization"] == "Bearer the-token"
    assert json.loads(post.body) == {
        "state": "success",
        "target_url": "https://b/3",
        "description": "Build 3 succeeded",
        "context": "bottega/shop",
    }


def test_gitlab_is_told_by_its_commit_statuses_api() -> None:
    post = post_of(forge("gitlab"), "group/sub/shop", COMMIT, STATUS)
    assert post.url == f"https://git.example.com/api/projects/group%2Fsub%2Fshop/statuses/{COMMIT}"
    assert post.headers == {"PRIVATE-TOKEN": "the-token"}
    assert json.loads(post.body)["name"] == "bottega/shop"


def test_gitea_is_told_by_its_statuses_api() -> None:
    post = post_of(forge("gitea"), "group/shop", COMMIT, STATUS)
    assert post.url == f"https://git.example.com/api/repos/group/shop/statuses/{COMMIT}"
    assert post.headers == {"Authorization": "token the-token"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("github", ["pending", "pending", "success", "failure", "error", "error"]),
        ("gitlab", ["pending", "running", "success", "failed", "failed", "canceled"]),
        ("gitea", ["pending", "pending", "success", "failure", "error", "error"]),
    ],
)
def test_each_verdict_has_a_word(kind: str, words: list[str]) -> None:
    told = [
        json.loads(
            post_of(
                forge(kind), "a/b", COMMIT, Status(verdict=one, context="c", description="d", link="")
            ).body
        )
        for one in Verdict
    ]
    assert [body["state"] for body in told] == words
    assert not any("target_url" in body for body in told)


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_of_a_run_is_one_line(state: RunState) -> None:
    run = Run(
        state=state,
        number=7,
        task_id="a" * 32,
        task_name="shop",
        reason="step 2 failed:\n\x1b[31m" + "x" * 500,
    )
    status = status_of(run, build_words(Session(), run), "https://build.example.com/")
    assert len(status.description) <= MAX_DESCRIPTION
    assert status.description.isprintable()
    assert status.description.startswith("Build 7 ")
    assert status.link == f"https://build.example.com/v4/jobs/{'a' * 32}/7/record-info"
    assert status_of(run, build_words(Session(), run), "").link == ""
