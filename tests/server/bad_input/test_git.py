"""URLs, branches, tags and commits that git must not see are refused."""

import pytest

from tests.server.bad_input.desk import INVALID, Desk, refusal

URLS = [
    "ext::sh -c 'touch /tmp/x'",
    "EXT::sh",
    "fd::17",
    "transport::address",
    "--upload-pack=touch",
    "-oProxyCommand=touch",
    "ssh://-oProxyCommand=touch/x",
    "git@-oProxyCommand=touch:x",
    "git@host:-x",
    "https://user:secret@host/x.git",
    "https://token@host/x.git",
    "https://host/x.git?a=b",
    "https://host/../x.git",
    "https://ho st/x.git",
    "https://127.1/x.git",
    "https://0x7f000001/x.git",
    "https:///x.git",
    "https://host:99999/x.git",
    "https://host",
    "git://host/x.git",
    "ftp://host/x.git",
    "x",
    " https://host/x.git",
    "https://host/x.git\n",
    "https://host/x\0.git",
    "https://host/%00",
    "https://host/%zz",
    "file://otherhost/srv/x",
    "file:///",
    "file:///srv/../../x",
    "https://host/" + "x" * 3000,
]


@pytest.mark.parametrize("url", URLS, ids=lambda url: ascii(url)[:40])
def test_a_url_that_git_must_not_see_is_refused(desk: Desk, url: str) -> None:
    assert refusal(desk.create(scms=[{"url": url}]), "scms[0].url") == INVALID
    assert refusal(desk.update(scms=[{"url": url}]), "scms[0].url") == INVALID
    answer = desk.execute(scm={"url": url})
    assert refusal(answer, "scm.url") == INVALID
    assert "secret" not in answer.text


def test_the_servers_own_data_is_no_repository(desk: Desk) -> None:
    data = desk.app.services.settings.data
    for url in (data.as_uri(), f"{data.as_uri()}/mirrors/x", f"file://localhost{data}", str(data)):
        assert refusal(desk.create(scms=[{"url": url}]), "scms[0].url") == INVALID
        assert refusal(desk.execute(scm={"url": url}), "scm.url") == INVALID


REFS = [
    "--upload-pack=touch",
    "-x",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?b",
    "a*",
    "a[b",
    "a\\b",
    "a@{1}",
    "a.lock",
    ".a",
    "/a",
    "a/",
    "a//b",
    "a.",
    "@",
    "HEAD",
    "refs/tags/x",
    "a\n",
    "a\0",
    "a\x7f",
    "a" * 251,
    "/".join(["a" * 100] * 3),
    "a/" * 120 + "a" * 20,
    "b" * 100_000,
]


@pytest.mark.parametrize("name", REFS, ids=lambda name: ascii(name)[:30])
def test_a_branch_that_cannot_be_one_is_refused(desk: Desk, name: str) -> None:
    assert (
        refusal(desk.create(scms=[{"url": "https://host/x.git", "branch": name}]), "scms[0].branch")
        == INVALID
    )
    url = "https://host/x.git"
    assert refusal(desk.execute(scm={"url": url, "branch": name}), "branch") == INVALID
    choice = [{"name": "codeBranch", "value": name}]
    assert refusal(desk.execute(scm={"url": url}, parameter=choice)) == INVALID


@pytest.mark.parametrize(
    "name", [name for name in REFS if name not in {"@", "HEAD"}], ids=lambda name: ascii(name)[:30]
)
def test_a_tag_that_cannot_be_one_is_refused(desk: Desk, name: str) -> None:
    name = name.replace("refs/tags/", "refs/heads/")
    assert refusal(desk.execute(scm={"build_tag": name}), "scm.build_tag") == INVALID


@pytest.mark.parametrize(
    "commit", ["--all", "HEAD", "abc", "g" * 40, "a" * 41, "a" * 40 + "\n", "\u0661" * 40]
)
def test_a_commit_that_cannot_be_one_is_refused(desk: Desk, commit: str) -> None:
    assert refusal(desk.execute(scm={"build_commit_id": commit}), "scm.build_commit_id") == INVALID
