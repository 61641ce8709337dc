"""Signing Android packages, by a real runner in the real sandbox, with the programs this machine has."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.runner.environment import PATH
from bottega.build import inputs as parameters
from bottega.build.actions import ACTIONS, InputError, android_sign
from tests.agent.runner.attempts import Attempts, ended, log_lines, output, sh
from tests.build.actions.test_download_file import run

PASSWORD = "a password of the keystore"
ENV = {"STORE": PASSWORD}
PACK = "python3 -c \"import zipfile; zipfile.ZipFile('app.apk', 'w').writestr('classes.dex', 'code')\""
LOOK = "python3 -c \"import zipfile; print(*sorted(zipfile.ZipFile('app.apk').namelist()))\"; ls /tmp ~ ."
# Stands for the program of the Android SDK: says what it was given, and in which way.
APKSIGNER = """#!/bin/sh
echo "$1 $2 $4 $5 $6 $7 $8 $9"
[ "$1" = verify ] || { cat "$3"; echo "$BOTTEGA_STORE_PASSWORD $BOTTEGA_KEY_PASSWORD"; }
"""


def sign(**inputs: Any) -> dict[str, Any]:
    given = {
        "file_path": "*.apk",
        "keystore_file": "app.jks",
        "alias": "release",
        "keystore_password": "${STORE}",
        **inputs,
    }
    return {"key": "sign", "name": "Sign", "action": "android_sign", "inputs": given, "label": "ext"}


@pytest.fixture
def keystore(tmp_path: Path) -> bytes:
    for program in ("keytool", "jarsigner", "python3"):
        if shutil.which(program, path=PATH) is None:
            pytest.skip(f"this machine has no {program}")
    if shutil.which("apksigner", path=PATH) is not None:
        pytest.skip("this machine signs with apksigner, which refuses what is no real package")
    path = tmp_path / "app.jks"
    wanted = ["-genkeypair", "-keystore", str(path), "-alias", "release", "-dname", "CN=Ada", "-keyalg", "EC"]
    subprocess.run(
        ["keytool", *wanted, "-storepass:env", "STORE"],
        env={"PATH": PATH, **ENV},
        check=True,
        capture_output=True,
    )
    return path.read_bytes()


def test_a_package_is_signed_in_place_and_nothing_of_the_key_stays(
    attempts: Attempts, keystore: bytes
) -> None:
    files = [{"name": "app.jks", "refusal": ""}]
    steps = (sh(PACK, "Pack"), sign(), sh(LOOK))
    spool = attempts.create(*steps, lease=300.0, secret_files=files, env=ENV, secrets=[PASSWORD])
    spool.write_file(0, keystore)
    spool.start_runner()
    report = ended(spool, 120.0)
    assert report["outcome"] == "success", log_lines(spool)
    said = output(spool)
    assert {"jar verified.", "signed with jarsigner"} <= set(said)
    assert "META-INF/MANIFEST.MF META-INF/RELEASE.EC META-INF/RELEASE.SF classes.dex" in said
    assert not any("tmp." in line or ".jks" in line for line in said)
    assert not any(PASSWORD in line for line in log_lines(spool))


def test_apksigner_gets_the_keystore_in_a_file_and_passwords_by_their_names(tmp_path: Path) -> None:
    program = tmp_path / "apksigner"
    program.write_text(APKSIGNER)
    program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", android_sign._SIGN, "sign", "./a.apk", "./b.apk"],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "SIGN_ALIAS": "release",
            "BOTTEGA_STORE_PASSWORD": "one",
            "BOTTEGA_KEY_PASSWORD": "two",
            "TMPDIR": str(tmp_path),
        },
        input="of the keystore\n",
        capture_output=True,
        text=True,
        check=True,
    )
    given = "--ks-key-alias release --ks-pass env:BOTTEGA_STORE_PASSWORD --key-pass env:BOTTEGA_KEY_PASSWORD"
    lines = done.stdout.splitlines()
    assert lines[:3] == [f"sign --ks {given}", "of the keystore", "one two"]
    assert [line.split()[0] for line in lines].count("verify") == 2
    assert lines[-1] == "signed with apksigner"
    assert list(tmp_path.iterdir()) == [program]


@pytest.mark.parametrize(
    ("inputs", "env", "found", "reason"),
    [
        ({"file_path": "*.aab"}, ENV, b"key", "no file matches '*.aab': nothing is signed"),
        ({}, {}, b"key", "names the parameter STORE, which the task does not have or is empty"),
        ({}, ENV, "there is no such file", "'app.jks': there is no such file"),
    ],
)
def test_what_cannot_be_signed_is_said(
    attempts: Attempts, inputs: dict[str, Any], env: dict[str, str], found: bytes | str, reason: str
) -> None:
    _, report = run(attempts, sign(**inputs), files={"app.jks": found}, env=env)
    assert report["reason"].endswith(reason)


def test_passwords_stay_names_of_parameters_until_the_agent_needs_them() -> None:
    given = {"keystore_password": "${STORE}", "alias": "${alias}"}
    filled = parameters.put_in(given, {"alias": "release"}, {"STORE"}, "steps[0].properties")
    assert filled == {"keystore_password": "${STORE}", "alias": "release"}
    assert ACTIONS["android_sign"].secret_files(sign()["inputs"]) == ["app.jks"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"file_path": ""}, "file_path is required"),
        ({"file_path": "/x"}, "file_path must be a path below the workspace"),
        ({"keystore_file": "a/b"}, "keystore_file must be the name of a file"),
        ({"alias": "-x"}, "alias must not begin with -"),
        ({"keystore_password": ""}, "keystore_password is required"),
        ({"key_password": ["x"]}, "key_password must be a text"),
    ],
)
def test_inputs_that_cannot_be_meant_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refusal:
        ACTIONS["android_sign"].check(sign(**changes)["inputs"])
    assert str(refusal.value).startswith(message)
