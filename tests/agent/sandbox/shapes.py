"""Process trees that are hard to kill; runs inside a sandbox with the system's interpreter.

Usage: shapes.py MARKER SHAPE [SECONDS]. Prints "ready" when the tree stands; the main process then waits, or
ends after SECONDS. Every process carries the marker in its command line.
"""

import os
import select
import signal
import sys


def wait_forever() -> None:
    while True:
        signal.pause()


def plain() -> None:
    if os.fork() == 0:
        wait_forever()


def session() -> None:
    if os.fork() == 0:
        os.setsid()
        wait_forever()


def daemon() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            wait_forever()
        os._exit(0)
    os.wait()


def hard() -> None:
    """A daemon that ignores every signal, closes every descriptor and starts itself anew without environment."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 256)
            os.execve(sys.executable, [sys.executable, "-I", "-S", __file__, sys.argv[1], "deaf"], {})
        os._exit(0)
    os.wait()


def deaf() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    wait_forever()


def phoenix() -> None:
    """Never the same process for long: each starts its successor in a new session and ends."""
    if os.fork() == 0:
        while True:
            os.setsid()
            select.select([], [], [], 0.002)
            if os.fork():
                os._exit(0)


def everything() -> None:
    for shape in (plain, session, daemon, hard, phoenix):
        shape()


SHAPES = {
    "plain": plain,
    "session": session,
    "daemon": daemon,
    "hard": hard,
    "phoenix": phoenix,
    "everything": everything,
}


def main() -> None:
    if sys.argv[2] == "deaf":
        deaf()
    SHAPES[sys.argv[2]]()
    print("ready", flush=True)
    if len(sys.argv) > 3:
        select.select([], [], [], float(sys.argv[3]))
    else:
        wait_forever()


if __name__ == "__main__":
    main()
