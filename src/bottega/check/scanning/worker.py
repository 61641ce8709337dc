"""A process that looks at files for a scan: a file that brings a parser down takes nothing else with it.

It speaks on its standard input and output: a length of four bytes, then MessagePack.
"""

import struct
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from bottega.check.scanning.looking import Look, Seen, look

LENGTH = struct.Struct("<I")


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """``failure`` is empty, or says why there is nothing to see."""

    seen: Seen
    failure: str = ""


def work(folder: Path, incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer until there is nothing more to do."""
    decoder, encoder = msgspec.msgpack.Decoder(Look), msgspec.msgpack.Encoder()
    while header := incoming.read(LENGTH.size):
        task = decoder.decode(incoming.read(LENGTH.unpack(header)[0]))
        try:
            answer = Answer(look(folder, task))
        except Exception as error:
            answer = Answer(Seen(), f"{type(error).__name__}: {error}"[:300])
        data = encoder.encode(answer)
        outgoing.write(LENGTH.pack(len(data)) + data)
        outgoing.flush()


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
