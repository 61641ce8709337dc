import socket
from pathlib import Path

from bottega.agent.wakeup import bind_datagrams, poke


def test_waking_somebody_who_is_away_is_no_error(tmp_path: Path) -> None:
    poke(tmp_path / "nobody")
    poke(tmp_path / "no" / "folder")
    (tmp_path / "file").touch()
    poke(tmp_path / "file")


def test_waking_somebody_who_does_not_read_never_blocks(tmp_path: Path) -> None:
    with bind_datagrams(tmp_path / "s"):
        for _ in range(2000):
            poke(tmp_path / "s")


def test_a_left_over_socket_is_replaced(tmp_path: Path) -> None:
    bind_datagrams(tmp_path / "s").close()
    with bind_datagrams(tmp_path / "s") as listening:
        assert listening.type == socket.SOCK_DGRAM
