import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bottega.agent.process_identity import Identity, identity_of
from bottega.agent.spool import Spool, SpoolError, boottime, write_atomically
from bottega.agent.wakeup import bind_datagrams
from tests.support.waiting import eventually


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool.create(tmp_path / "spool", "run_1", 2, {"run_id": "run_1", "greeting": "grüß"})


def test_a_new_folder_is_private_and_holds_the_spec(spool: Spool) -> None:
    assert spool.path.name == "run_1.2"
    assert (spool.run_id, spool.attempt) == ("run_1", 2)
    assert spool.spec() == {"run_id": "run_1", "greeting": "grüß"}
    assert spool.path.stat().st_mode & 0o777 == 0o700
    assert (spool.path / "spec.json").stat().st_mode & 0o777 == 0o600


def test_an_attempt_gets_one_folder_only(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match="attempt 2 of run run_1 has a spool folder already"):
        Spool.create(tmp_path / "spool", "run_1", 2, {})
    assert spool.spec()["greeting"] == "grüß"


@pytest.mark.parametrize("run_id", ["", "..", "a/b", "../x", "a.b", "a b", "ä", "x\0", "x" * 129, "-\n"])
def test_a_run_id_that_is_no_plain_word_is_refused(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(SpoolError, match="is no attempt's folder"):
        Spool.create(tmp_path / "spool", run_id, 1, {})
    assert not (tmp_path / "spool").exists()


def test_scan_finds_attempts_and_nothing_else(spool: Spool, tmp_path: Path) -> None:
    root = tmp_path / "spool"
    Spool.create(root, "run_0", 1, {})
    (root / "lost+found").mkdir()
    (root / "file.1").touch()
    (root / "link.1").symlink_to(spool.path)
    assert [found.path.name for found in Spool.scan(root)] == ["run_0.1", "run_1.2"]
    assert Spool.scan(tmp_path / "missing") == []


def test_a_missing_or_damaged_spec_is_an_error(spool: Spool) -> None:
    for content in (b"{", b"[]", b"\xff"):
        (spool.path / "spec.json").write_bytes(content)
        with pytest.raises(SpoolError, match="missing or damaged"):
            spool.spec()
    (spool.path / "spec.json").unlink()
    with pytest.raises(SpoolError):
        spool.spec()


def test_files_for_the_steps_are_the_runners_alone(spool: Spool) -> None:
    for number, content in enumerate([b"\x00first", b""]):
        spool.write_file(number, content)
    assert (spool.read_file(0), spool.read_file(1)) == (b"\x00first", b"")
    assert (spool.path / "file.0").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileNotFoundError):
        spool.read_file(2)


def test_log_is_read_by_offset(spool: Spool) -> None:
    assert (spool.log_size(), spool.read_log(0, 10)) == (0, b"")
    (spool.path / "log").write_bytes(b"0123456789")
    assert spool.log_size() == 10
    assert spool.read_log(0, 4) == b"0123"
    assert spool.read_log(8, 100) == b"89"
    assert spool.read_log(10, 1) == spool.read_log(99, 1) == b""


EVENTS = [{"seq": n, "at": 1, "log": n, "type": "stage", "name": "z\nü"} for n in range(4)]
LINES = b"".join(json.dumps(event).encode() + b"\n" for event in EVENTS)


@pytest.mark.parametrize("cut", range(0, len(LINES) + 1, 7))
def test_a_torn_last_line_of_events_waits_for_the_next_time(spool: Spool, cut: int) -> None:
    (spool.path / "events.jsonl").write_bytes(LINES[:cut])
    assert spool.read_events(0) == EVENTS[: LINES[:cut].count(b"\n")]


def test_events_are_read_from_a_number_on(spool: Spool) -> None:
    assert spool.read_events(0) == []
    (spool.path / "events.jsonl").write_bytes(LINES)
    assert spool.read_events(2) == EVENTS[2:]
    assert spool.read_events(4) == spool.read_events(9) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.binary(max_size=50))
def test_no_content_of_any_file_makes_reading_fail(spool: Spool, content: bytes) -> None:
    for name in ("events.jsonl", "exit.json", "stop", "deadline", "runner.json"):
        (spool.path / name).write_bytes(content)
    spool.read_events(0)
    spool.exit()
    spool.deadline()
    assert not spool.runner_alive()
    assert spool.stop_request() is not None


def test_stop_and_deadline_are_read_back(spool: Spool) -> None:
    assert spool.stop_request() is None
    assert spool.deadline() is None
    spool.request_stop(2.5, "Stopped by Łukasz")
    spool.set_deadline(12345.678)
    request = spool.stop_request()
    assert request is not None
    assert (request.grace, request.reason) == (2.5, "Stopped by Łukasz")
    assert spool.deadline() == 12345.678
    for name in ("stop", "deadline"):
        assert (spool.path / name).stat().st_mode & 0o777 == 0o600


def test_a_damaged_stop_still_means_stop(spool: Spool) -> None:
    (spool.path / "stop").write_bytes(b"")
    request = spool.stop_request()
    assert request is not None
    assert request.grace == 10.0


def test_orders_wake_the_runner_however_long_the_path(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    spool = Spool.create(deep, "r", 1, {})
    with bind_datagrams(spool.path / "wake") as listening:
        listening.settimeout(5)
        spool.set_deadline(1.0)
        assert listening.recv(8) == b"!"
        spool.request_stop(1.0, "x")
        assert listening.recv(8) == b"!"


def test_a_failed_replacement_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_atomically(str(tmp_path / "taken"), b"x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


def test_a_reused_pid_is_never_taken_for_the_runner(spool: Spool) -> None:
    own = identity_of(os.getpid())
    assert own is not None
    spool.register_runner(own)
    assert spool.runner_alive()
    other_start = Identity(own.pid, own.start_ticks - 1, own.boot_id)
    other_boot = Identity(own.pid, own.start_ticks, "00000000-0000-0000-0000-000000000000")
    for stranger in (other_start, other_boot):
        spool.register_runner(stranger)
        assert not spool.runner_alive()
        # This very test would die of it.
        assert not spool.kill_runner()


def test_a_zombie_is_not_alive_and_is_reaped(spool: Spool) -> None:
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exec sleep 1000"], {"PATH": "/usr/bin:/bin"})
    identity = identity_of(pid)
    assert identity is not None
    spool.register_runner(identity)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not spool.runner_alive())
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def test_without_a_runner_nothing_is_alive(spool: Spool) -> None:
    assert spool.runner() is None
    assert not spool.runner_alive()
    assert not spool.kill_runner()
    assert spool.exit() is None


def test_the_runner_is_known_the_moment_it_is_started(spool: Spool) -> None:
    spool.set_deadline(boottime() + 30)
    pid = spool.start_runner()
    assert spool.runner_alive() or spool.exit() is not None
    known = spool.runner()
    assert known is not None
    assert known.pid == pid
    eventually(lambda: not spool.runner_alive())


def attempt_with_files(base: Path) -> Spool:
    workspace = base / "work" / "workspace"
    for folder in (workspace, base / "work" / "home", base / "work" / "tmp"):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    return Spool.create(base / "spool", "r", 1, {"workspace": str(workspace)})


def test_removing_takes_workspace_home_tmp_and_the_folder(tmp_path: Path) -> None:
    spool = attempt_with_files(tmp_path)
    (tmp_path / "work" / "workspace" / "link").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    locked = tmp_path / "work" / "workspace" / "cache" / "locked"
    locked.mkdir(parents=True)
    (locked / "f").touch()
    locked.chmod(0o500)
    spool.remove()
    assert not (tmp_path / "work").exists()
    assert not spool.path.exists()
    assert (tmp_path / "precious" / "file").exists()
    assert Spool.scan(tmp_path / "spool") == []


def test_removing_leaves_what_others_put_beside_the_workspace(tmp_path: Path) -> None:
    spool = attempt_with_files(tmp_path)
    (tmp_path / "work" / "other").touch()
    spool.remove()
    assert [entry.name for entry in (tmp_path / "work").iterdir()] == ["other"]


def test_removing_follows_no_link_in_place_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "workspace").symlink_to(tmp_path / "precious")
    spool = Spool.create(tmp_path / "spool", "r", 1, {"workspace": str(tmp_path / "work" / "workspace")})
    spool.remove()
    assert (tmp_path / "precious" / "file").exists()


def test_removing_takes_folders_nested_deeper_than_a_path_can_be(tmp_path: Path) -> None:
    spool = attempt_with_files(tmp_path)
    script = f"for i in $(seq 60); do mkdir {'d' * 100} && cd -P {'d' * 100} || exit 1; done"
    subprocess.run(["/bin/bash", "-c", script], cwd=tmp_path / "work" / "workspace", check=True)
    spool.remove()
    assert not (tmp_path / "work").exists()


def test_a_folder_without_a_spec_can_be_removed(tmp_path: Path) -> None:
    (tmp_path / "r.1").mkdir()
    Spool(tmp_path / "r.1").remove()
    assert list(tmp_path.iterdir()) == []
