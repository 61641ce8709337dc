"""What a hostile step can reach from inside, at each level, with the network on and off."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.sandbox import Facilities

from .arena import Arena, at_level

TOKEN = "token-of-the-server-39c1"
STEP_SECRET = "secret-of-the-step-71aa"

# A host network is a host network: its services and its abstract sockets can be reached.
NETWORK = {"connect_loopback", "send_datagram", "connect_abstract_socket"}
# Landlock has no view of its own: it sees that other processes exist, and it cannot forbid user namespaces,
# which the system call filter does.
VISIBLE_UNDER_LANDLOCK = {"see_server_command_line", "signal_every_number"}
# What a plain process is not kept from; only the files and processes of other users are closed to it.
OPEN_TO_A_PROCESS = {
    "write_host_tmp",
    "see_server_command_line",
    "signal_every_number",
    "connect_abstract_socket",
    "new_user_namespace",
    "clone_into_user_namespace",
    "clone3_works",
    "mount",
    "mount_in_own_namespace",
    "join_namespace",
    "keyring",
    "io_uring",
    "user_fault",
    "open_control_groups",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A running server with its secrets, as the attacks are told about it."""
    folder = tmp_path / "server"
    other = tmp_path / "other-build"
    for private in (folder, other):
        private.mkdir(mode=0o700)
    secrets = [folder / name for name in ("server.db", "bottega.toml", "master.key")]
    for path in (*secrets, other / "source.c"):
        path.write_text(TOKEN)
        path.chmod(0o600)
    marker = f"server-{os.getpid()}-{tmp_path.name}"
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("server.py")), str(folder), marker],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"SERVER_TOKEN": TOKEN},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    about = json.loads(process.stdout.readline())
    yield {
        **about,
        "process": process,
        "server_folder": str(folder),
        "secret_files": [str(path) for path in secrets],
        "other_workspace": str(other),
        "token": TOKEN,
        "server_marker": marker,
        "tmp_file": f"/tmp/planted-{marker}",
    }
    assert process.poll() is None, "an attack ended the server"
    process.stdin.close()
    process.wait(10)
    process.stdout.close()
    assert not (folder / "planted").exists()
    Path(f"/tmp/planted-{marker}").unlink(missing_ok=True)


def attack(arena: Arena, server: dict[str, Any], network: bool) -> set[str]:
    """The names of the attacks that worked."""
    program = arena.workspace / "id"
    shutil.copy("/usr/bin/id", program)
    program.chmod(0o4755)
    targets = {name: value for name, value in server.items() if name != "process"}
    targets.update(set_uid_program=arena.inside("/workspace/id"), own_uid=arena.uid is not None)
    step = arena.python("attacks.py", json.dumps(targets), network=network, env={"STEP_SECRET": STEP_SECRET})
    assert step.wait(60) == 0, step.output
    worked = {name for name, succeeded in json.loads(step.output).items() if succeeded}
    if not Path(server["tmp_file"]).exists():
        # It wrote into a /tmp of its own.
        worked.discard("write_host_tmp")
    return worked


@pytest.mark.parametrize("network", [True, False], ids=["network", "no network"])
def test_no_attack_gets_out_of_bubblewrap(
    probed: Facilities, make_arena: Callable[..., Arena], server: dict[str, Any], network: bool, as_root: bool
) -> None:
    arena = make_arena(at_bubblewrap(probed, as_root)).open()
    assert attack(arena, server, network) == (NETWORK if network else set())


@pytest.fixture(params=[False, True], ids=["user namespace", "as root"])
def as_root(request: pytest.FixtureRequest) -> bool:
    """Whether bubblewrap works without a user namespace."""
    return request.param


def at_bubblewrap(probed: Facilities, as_root: bool) -> Facilities:
    return at_level(probed, "bubblewrap as root" if as_root else "bubblewrap")


def test_landlock_leaves_only_what_it_says(
    probed: Facilities, make_arena: Callable[..., Arena], server: dict[str, Any]
) -> None:
    facilities = at_level(probed, "landlock")
    expected = left_open_by_landlock(facilities) | {"connect_loopback", "send_datagram"}
    worked = attack(make_arena(facilities).open(), server, network=True)
    assert worked <= expected, worked - expected


def test_landlock_without_network_reaches_no_service(
    probed: Facilities, make_arena: Callable[..., Arena], server: dict[str, Any]
) -> None:
    facilities = at_level(probed, "landlock")
    worked = attack(make_arena(facilities).open(), server, network=False)
    expected = left_open_by_landlock(facilities)
    assert worked <= expected, worked - expected


def left_open_by_landlock(facilities: Facilities) -> set[str]:
    """What Landlock does not cover, by what the kernel and the installation add."""
    names = set(VISIBLE_UNDER_LANDLOCK)
    if facilities.landlock_abi < 6:
        names |= {"connect_abstract_socket", *(() if facilities.own_uid else ("signal_server",))}
    if not facilities.own_uid:
        # The owner of a socket may connect to it by its path.
        names.add("connect_path_socket")
    return names


def test_a_plain_process_under_its_own_uid_cannot_touch_the_server(
    probed: Facilities, make_arena: Callable[..., Arena], server: dict[str, Any]
) -> None:
    facilities = at_level(probed, "process")
    if not facilities.own_uid:
        pytest.skip("without root a plain process shares the server's uid, and nothing is promised")
    worked = attack(make_arena(facilities).open(), server, network=True)
    assert worked <= OPEN_TO_A_PROCESS | NETWORK, worked - OPEN_TO_A_PROCESS - NETWORK
    # The attacks are real: what nothing prevents works.
    assert worked >= {"connect_loopback", "see_server_command_line", "write_host_tmp"}
