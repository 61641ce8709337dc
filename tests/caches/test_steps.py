"""Caches of steps: a real runner, the real sandbox, a real server; builds of one task after each other."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.sandbox import Facilities
from tests.agent.runner.attempts import Attempts, log_lines, sh
from tests.artifacts.making import LEASE, Build, new_task
from tests.build.harness import Server
from tests.caches.leaving import caches, leave
from tests.support.images import DOCKERFILE, busybox, engine

LEAVE = "mkdir -p ~/.cache/pip/deep; echo wheel >~/.cache/pip/deep/one; chmod 500 ~/.cache/pip/deep"
LOOK = "cat ~/.cache/pip/deep/one 2>/dev/null || echo nothing"


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    return new_task(server, workshop)


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()


def lock(content: str = "one==1") -> dict[str, Any]:
    return sh(f"echo '{content}' >requirements.txt", "Lock")


def step(command: str, name: str = "Build", action: str = "python", **inputs: Any) -> dict[str, Any]:
    given = inputs or {"cache": True}
    return {
        "key": name.lower(),
        "name": name,
        "action": action,
        "inputs": {"command": command, **given},
        "label": "ext",
    }


def run(attempts: Attempts, server: Server, task_id: str, *steps: dict[str, Any], **more: Any) -> str:
    """The log of one more build of the task, which succeeds and is cleared away."""
    build = Build(server, task_id)
    where = {"run_id": build.run_id, "server_url": server.url, "lease_token": LEASE, **more}
    spool, report = attempts.run(*steps, **where)
    log = "\n".join(log_lines(spool))
    assert report["outcome"] == "success", log
    folder = Path(json.loads((spool.path / "spec.json").read_text())["workspace"]).parent
    build.end()
    spool.remove()
    assert not folder.exists()
    return log


def test_the_second_build_finds_what_the_first_has_left(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    first = run(attempts, server, task_id, lock(), step(LOOK, "Before"), step(LEAVE), step(LOOK, "After"))
    assert first.count("cache: nothing is kept for python yet") == 1
    assert first.index("INFO nothing") < first.index("INFO wheel")
    assert first.count("of python stored for the next build") == 1
    second = run(attempts, server, task_id, lock(), step(LOOK))
    assert "INFO wheel" in second
    assert "of build 1 restored for python" in second
    assert "stored for the next build" not in second
    (cache,) = caches(server, task_id)
    assert (cache["tool"], cache["build_no"], cache["scope"]) == ("python", 1, "task")


def test_other_dependencies_begin_with_the_newest_and_leave_their_own(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    run(attempts, server, task_id, lock(), step(LEAVE))
    log = run(attempts, server, task_id, lock("two==2"), step(LOOK))
    assert "INFO wheel" in log
    assert "which was left for other dependencies" in log
    assert "stored for the next build" in log
    assert len(caches(server, task_id)) == 2


def test_a_step_that_asks_for_no_cache_has_none_and_one_that_failed_leaves_none(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    failing = {**step(f"{LEAVE}; exit 3"), "ignore_failure": True}
    log = run(attempts, server, task_id, lock(), step(LEAVE, "Without", cache=False), failing)
    assert "stored" not in log
    assert caches(server, task_id) == []


def test_the_option_of_graphical_steps_means_the_same(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    run(attempts, server, task_id, lock(), step(LEAVE, cacheOption="cached"))
    log = run(attempts, server, task_id, lock(), step(LOOK, cacheOption="notCached"))
    assert "cache:" not in log
    assert "INFO wheel" in run(attempts, server, task_id, lock(), step(LOOK, cacheOption="cached"))


def test_what_cannot_be_unpacked_is_a_warning_and_is_replaced(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    run(attempts, server, task_id, lock(), step(LEAVE))
    (cache,) = caches(server, task_id)
    for number, content in enumerate(
        (b"no archive at all", b"\x28\xb5\x2f\xfdand nothing", b"\x1f\x8bthe same")
    ):
        assert server.http.delete("/v1/caches", params={"job_id": task_id}).status_code == 200
        build = Build(server, task_id)
        leave(build, "python", cache["key"], content)
        build.end()
        log = run(attempts, server, task_id, lock(), step(f"{LOOK}; {LEAVE}"))
        assert "WARN [Build:ext] : cache: what was kept for python cannot be unpacked" in log, number
        assert "INFO nothing" in log
        assert "INFO wheel" in run(attempts, server, task_id, lock(), step(LOOK))


def test_a_cache_whose_bytes_changed_or_went_is_a_warning_or_none_and_is_replaced(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    run(attempts, server, task_id, lock(), step(LEAVE))
    folder = server.services.settings.data / "objects" / "caches"
    (file,) = [one for one in folder.rglob("*") if one.is_file() and task_tenant(server) in str(one)]
    file.write_bytes(bytes(file.stat().st_size))
    log = run(attempts, server, task_id, lock(), step(LEAVE))
    assert "WARN [Build:ext] : cache: not restored: it came with other bytes" in log
    (cache,) = caches(server, task_id)
    assert cache["build_no"] == 2
    assert "INFO wheel" in run(attempts, server, task_id, lock(), step(LOOK))
    server.services.transfers.sweeper.sweep()
    (file,) = [one for one in folder.rglob("*") if one.is_file() and task_tenant(server) in str(one)]
    file.unlink()
    log = run(attempts, server, task_id, lock(), step(LEAVE))
    assert "cache: nothing is kept for python yet" in log
    assert "INFO wheel" in run(attempts, server, task_id, lock(), step(LOOK))


def task_tenant(server: Server) -> str:
    return server.callers["alice"].tenant_id


def test_a_cache_that_was_cleared_is_not_restored(attempts: Attempts, server: Server, task_id: str) -> None:
    run(attempts, server, task_id, lock(), step(LEAVE))
    answer = server.http.delete("/v1/caches", params={"job_id": task_id, "tool": "python"})
    assert answer.json()["result"] == {"deleted": 1}
    log = run(attempts, server, task_id, lock(), step(LOOK))
    assert "cache: nothing is kept for python yet" in log
    assert "INFO nothing" in log


def test_links_in_a_cache_stay_links_and_the_agents_files_stay_out_of_it(
    attempts: Attempts, server: Server, task_id: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the agent")
    secret.chmod(0o600)
    make = (
        f"cd ~/.cache/pip; ln -s {secret} file; ln -s {tmp_path} folder; ln -s / root; "
        f"mkdir inside; ln -s {tmp_path} inside/folder; mkfifo pipe"
    )
    run(attempts, server, task_id, lock(), step(make))
    look = (
        "cd ~/.cache/pip; readlink file folder root inside/folder; test -p pipe && echo a pipe; "
        "cat file 2>/dev/null || echo unreadable"
    )
    log = run(attempts, server, task_id, lock(), step(look))
    for line in (str(secret), str(tmp_path), "/", "a pipe", "unreadable"):
        assert f"INFO {line}" in log.splitlines()
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


def test_an_archive_with_paths_that_lead_out_writes_nowhere_but_into_the_builds_own_folders(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    run(attempts, server, task_id, lock(), step(LEAVE))
    (cache,) = caches(server, task_id)
    server.http.delete("/v1/caches", params={"job_id": task_id})
    build = Build(server, task_id)
    leave(build, "python", cache["key"], evil_archive(attempts.base))
    build.end()
    log = run(attempts, server, task_id, lock(), step("ls -A ~/.cache/pip"))
    assert "cannot be unpacked" in log
    assert not (attempts.base / "evil").exists()
    assert not Path("/evil").exists()


def evil_archive(outside: Path) -> bytes:
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        link = tarfile.TarInfo(".cache/pip/out")
        link.type, link.linkname = tarfile.SYMTYPE, str(outside)
        archive.addfile(link)
        for name in (".cache/pip/out/evil", f"{outside}/evil", "../../../../../../../evil"):
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(b"evil"))
    return packed.getvalue()


def test_a_cache_that_is_too_large_is_not_stored_and_the_build_succeeds(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    server.services.caches_for_runs.limit, before = 5000, server.services.caches_for_runs.limit
    try:
        log = run(attempts, server, task_id, lock(), step("head -c 100000 /dev/urandom >~/.cache/pip/x"))
    finally:
        server.services.caches_for_runs.limit = before
    assert "WARN [Build:ext] : cache: not stored: it has more than 5000 bytes" in log
    log = run(
        attempts,
        server,
        task_id,
        lock(),
        step("head -c 30000000 /dev/zero >~/.cache/pip/x"),
        workspace_bytes=50 << 20,
    )
    assert "cache: not stored: unpacked it has more than 25.0 MiB" in log
    assert caches(server, task_id) == []


def test_a_server_that_refuses_or_is_not_known_costs_the_build_nothing(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    log = run(attempts, server, task_id, lock(), step(LEAVE), lease_token="f" * 32)
    assert "WARN [Build:ext] : cache: not restored: the lease of this run is over" in log
    log = run(attempts, server, task_id, lock(), step(LEAVE), server_url="")
    assert "WARN [Build:ext] : cache: not restored: this agent does not know the server's address" in log
    assert caches(server, task_id) == []


def test_a_tool_whose_downloads_nobody_knows_says_so(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    log = run(attempts, server, task_id, step("true", action="cmake"))
    assert "cache: where cmake keeps its downloads is not known; nothing is kept" in log


def without_own_folders(attempts: Attempts) -> dict[str, Any]:
    found = attempts.spec()["facilities"]
    return Facilities.from_dict({**found, "level": "process"}).to_dict()


def test_a_sandbox_without_folders_of_its_own_has_caches_too(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    lower = without_own_folders(attempts)
    run(attempts, server, task_id, lock(), step(LEAVE), facilities=lower)
    assert "INFO wheel" in run(attempts, server, task_id, lock(), step(LOOK), facilities=lower)


def test_a_folder_that_was_replaced_by_a_link_is_not_packed(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    lower = without_own_folders(attempts)
    replace = "mkdir -p ~/.cache; ln -s / ~/.cache/pip"
    log = run(attempts, server, task_id, lock(), step(replace), facilities=lower)
    assert "cache: not stored: its folder was replaced by a link" in log


def test_a_step_that_runs_in_an_image_finds_its_cache_there(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    found = {"engine": engine().to_dict()}
    made = sh(
        f"mkdir base; cp {busybox()} base/busybox; printf '%s' '{DOCKERFILE}' >base/Dockerfile", "Prepare"
    )
    docker = step("docker build -t base:1 base", "Docker", "docker")
    use = step(f"{LOOK}; {LEAVE}", cache=True, image="localhost/base:1")
    assert "INFO nothing" in run(attempts, server, task_id, lock(), made, docker, use, containers=found)
    log = run(attempts, server, task_id, lock(), made, docker, use, containers=found)
    assert "of build 1 restored for python" in log
    assert "INFO wheel" in log


def code(command: str, folder: str = "big/repo", **facts: Any) -> dict[str, Any]:
    """A stage of ``env.cache``."""
    kept = {"local_path": folder, "url": "https://example.com/big.git", "branch": "master", **facts}
    script = f"mkdir -p -- {folder}\ncd -- {folder}\n{command}"
    return step(script, "Cache", "sh", code_cache=kept)


def test_what_a_code_cache_has_fetched_is_there_for_the_next_build(
    attempts: Attempts, server: Server, task_id: str
) -> None:
    fetch = "cat found || { mkdir deep; echo fetched >found; }"
    first = run(attempts, server, task_id, code(fetch), sh("cat big/repo/found", "Use"))
    assert "cache: nothing is kept for code cache big/repo yet" in first
    assert "of code cache big/repo stored for the next build" in first
    second = run(attempts, server, task_id, code(fetch))
    assert "of build 1 restored for code cache big/repo" in second
    assert "INFO fetched" in second
    assert "for the next build" not in second
    (cache,) = caches(server, task_id)
    assert cache["tool"].startswith("code_")
    # Another branch is another cache, and a folder that came with the checkout is none.
    assert "nothing is kept" in run(attempts, server, task_id, code("true", branch="other"))
    checked_out = sh("mkdir -p big/repo; touch big/repo/file", "Checkout")
    log = run(attempts, server, task_id, checked_out, code(fetch))
    assert "cache: code cache big/repo is not used: the folder is not empty" in log
    assert "INFO fetched" not in log


@pytest.mark.parametrize("folder", ["/etc", "../a", "a/../../b", ".", "", "a\0b"])
def test_a_code_cache_lies_below_the_workspace(attempts: Attempts, folder: str) -> None:
    _, report = attempts.run(step("true", "Cache", "sh", code_cache={"local_path": folder}))
    assert report["reason"].startswith("Step 'Cache' failed: input local_path ")
    _, report = attempts.run(step("true", "Cache", "sh", code_cache="a"))
    assert report["reason"] == "Step 'Cache' failed: input code_cache must be a mapping"
