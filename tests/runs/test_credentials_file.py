"""``nats.credentials_file``: a broker of somebody else that knows its users by signed tokens."""

import asyncio
import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nkeys

from bottega.runs.control.connection import connect
from bottega.runs.nats_server import find_binary
from tests.support.processes import free_port
from tests.support.waiting import eventually

UNLIMITED = {"subs": -1, "data": -1, "payload": -1}


def new_key(prefix: int) -> tuple[nkeys.KeyPair, str, str]:
    """A key pair, its public name, and its seed."""
    seed = nkeys.encode_seed(os.urandom(32), prefix)
    pair = nkeys.from_seed(bytearray(seed))
    return pair, bytes(pair.public_key).decode(), bytes(seed).decode()


def token(signer: nkeys.KeyPair, name: str, subject: str, facts: dict[str, Any]) -> str:
    claims = {
        "jti": os.urandom(8).hex(),
        "iat": 1_700_000_000,
        "iss": bytes(signer.public_key).decode(),
        "name": name,
        "sub": subject,
        "nats": {"version": 2, **facts},
    }
    header = {"typ": "JWT", "alg": "ed25519-nkey"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{encoded(signer.sign(signed.encode()))}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_credentials_file_gets_as_far_as_the_broker(tmp_path: Path) -> None:
    operator, operator_name, _ = new_key(nkeys.PREFIX_BYTE_OPERATOR)
    account, account_name, _ = new_key(nkeys.PREFIX_BYTE_ACCOUNT)
    _, user_name, seed = new_key(nkeys.PREFIX_BYTE_USER)
    limits = {**UNLIMITED, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1}
    admitted = token(operator, "builds", account_name, {"type": "account", "limits": limits})
    user = token(account, "control", user_name, {"type": "user", **UNLIMITED, "pub": {}, "sub": {}})
    file = tmp_path / "control.creds"
    file.write_text(
        f"-----BEGIN NATS USER JWT-----\n{user}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
    port = free_port()
    config = {
        "host": "127.0.0.1",
        "port": port,
        "operator": token(operator, "op", operator_name, {"type": "operator"}),
        "resolver": "MEMORY",
        "resolver_preload": {account_name: admitted},
    }
    (tmp_path / "nats.conf").write_text(json.dumps(config))
    log = tmp_path / "nats.log"
    with log.open("wb") as output:
        broker = subprocess.Popen(
            [find_binary(), "-c", str(tmp_path / "nats.conf")], stdout=output, stderr=output
        )
    try:
        eventually(lambda: "Server is ready" in log.read_text(), 20)
        assert asyncio.run(heard(f"nats://127.0.0.1:{port}", str(file))) == b"hello"
    finally:
        broker.kill()
        broker.wait()


async def heard(url: str, file: str) -> bytes:
    """What comes back of a message of a client with these credentials."""
    async with asyncio.timeout(20):
        client = await connect(url, name="control", user_credentials=file)
        subscription = await client.subscribe("greetings")
        await client.publish("greetings", b"hello")
        data = (await subscription.next_msg(10)).data
        await client.close()
    return data
