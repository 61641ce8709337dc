"""A commit that is made and pushed without a checkout."""

from pathlib import Path

import pytest

from bottega.scm.amending import Amendment, push_amended
from bottega.scm.commands import start_directly
from bottega.scm.credentials import Credential
from bottega.scm.failures import ScmRefusal
from bottega.scm.options import GitOptions
from bottega.scm.snapshot import open_snapshot
from bottega.scm.urls import UrlPolicy
from bottega.scm.wanted import Wanted
from tests.scm.forge import publish, serving
from tests.scm.origins import Origin, object_count

POLICY = UrlPolicy(file_urls=True, loopback=True, allow_http=True)
MAIN = Wanted("branch", "main")
ADA = "Ada Lovelace", "ada@example.org"


@pytest.fixture
def bare(origin: Origin, tmp_path: Path) -> Path:
    """A copy on a forge that takes pushes."""
    origin.commit("two files", **{"src/run.sh": "echo 1\n", "src/other, and more": "2"})
    (origin.path / "src/run.sh").chmod(0o755)
    origin.commit("executable", keep="3")
    path = tmp_path / "forge" / "shop.git"
    publish(origin.path, path)
    origin.git(f"--git-dir={path}", "config", "http.receivepack", "true")
    return path


def amended(url: str, path: str, content: bytes, *, between: object = None) -> str:
    with_token = Credential(url.split("/")[2], "basic", username="me", secret="token")
    options = GitOptions(POLICY, (with_token,), fetch_seconds=30.0)
    with open_snapshot(url, MAIN, options, start_directly) as snapshot:
        if callable(between):
            between()
        return push_amended(snapshot, "main", Amendment(path, content, "Mend it\n\nby hand", ADA))


def test_one_file_is_another_and_all_else_stays(origin: Origin, bare: Path) -> None:
    before, objects = origin.git("rev-parse", "main"), object_count(bare)
    with serving(bare.parent, user="me", password="token") as forge:
        commit = amended(f"{forge.url}/shop.git", "src/run.sh", b"echo 2\r\n\xff")
    shown = origin.git(f"--git-dir={bare}", "log", "-2", "--format=%H %an <%ae> %cn %s", "main").splitlines()
    assert shown[0] == f"{commit} Ada Lovelace <ada@example.org> Bottega Mend it"
    assert shown[1].startswith(before)
    changed = origin.git(f"--git-dir={bare}", "diff", "--raw", "--abbrev=4", before, commit).split()
    assert changed[:2] == [":100755", "100755"]
    assert changed[-1] == "src/run.sh"
    assert object_count(bare) == objects + 4
    content = origin.git(f"--git-dir={bare}", "cat-file", "-s", f"{commit}:src/run.sh")
    assert int(content) == len(b"echo 2\r\n\xff")


def test_a_branch_that_has_moved_on_stays_as_it_is(origin: Origin, bare: Path) -> None:
    def move() -> None:
        origin.commit("meanwhile", late="4")
        origin.git("push", "--quiet", str(bare), "main")

    with (
        serving(bare.parent, user="me", password="token") as forge,
        pytest.raises(ScmRefusal, match=r"Cannot push to main of .*rejected"),
    ):
        amended(f"{forge.url}/shop.git", "src/run.sh", b"x", between=move)
    assert origin.git(f"--git-dir={bare}", "rev-parse", "main") == origin.git("rev-parse", "main")


def test_what_is_no_file_or_no_place_to_push_to_is_refused(origin: Origin, bare: Path) -> None:
    (origin.path / "link").symlink_to("keep")
    origin.commit("a link")
    origin.git("push", "--quiet", str(bare), "main")
    before = origin.git("rev-parse", "main")
    with serving(bare.parent, user="me", password="token") as forge:
        for path in ("link", "src", "nope"):
            with pytest.raises(ScmRefusal, match="is no file of the branch"):
                amended(f"{forge.url}/shop.git", path, b"x")
        origin.git(f"--git-dir={bare}", "config", "http.receivepack", "false")
        with pytest.raises(ScmRefusal, match=r"Cannot push to .*access was denied"):
            amended(f"{forge.url}/shop.git", "keep", b"x")
    assert origin.git(f"--git-dir={bare}", "rev-parse", "main") == before
