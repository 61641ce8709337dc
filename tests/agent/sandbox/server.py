"""A server worth attacking: it holds secrets and listens on every kind of socket; runs outside the sandbox.

Usage: server.py FOLDER MARKER. Prints a JSON line about itself and lives until its standard input closes.
"""

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

HELLO = b"hello"


def listen(family: int, address: Any) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(16)

    def serve() -> None:
        while True:
            client, _ = listener.accept()
            with client:
                client.sendall(HELLO)

    threading.Thread(target=serve, daemon=True).start()
    return listener


def answer_datagrams() -> int:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            _, sender = receiver.recvfrom(100)
            receiver.sendto(b"answer", sender)

    threading.Thread(target=serve, daemon=True).start()
    return receiver.getsockname()[1]


def main() -> None:
    folder, marker = sys.argv[1:3]
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    tcp = listen(socket.AF_INET, ("127.0.0.1", 0))
    listen(socket.AF_UNIX, f"\0{marker}")
    socket_file = f"{folder}/docker.sock"
    listen(socket.AF_UNIX, socket_file)
    Path(socket_file).chmod(0o600)
    about = {
        "server_pid": os.getpid(),
        "port": tcp.getsockname()[1],
        "udp_port": answer_datagrams(),
        "abstract": f"@{marker}",
        "socket_file": socket_file,
    }
    print(json.dumps(about), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
