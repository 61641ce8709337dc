import subprocess
from pathlib import Path

import pytest

from bottega.scm.credentials import Credential, choose
from bottega.scm.handover import ssh_command, write_askpass
from bottega.scm.urls import parse

URL = parse("https://forge.example:8443/app")
BASIC = Credential("forge.example:8443", username="ada", secret="s3cret")


@pytest.mark.parametrize(
    ("host", "kind", "url", "opens"),
    [
        ("forge.example", "basic", "https://forge.example/x", True),
        ("Forge.Example:443", "basic", "https://forge.example/x", True),
        ("forge.example", "basic", "https://forge.example:8443/x", False),
        ("forge.example:8443", "basic", "https://forge.example:8443/x", True),
        ("forge.example", "basic", "https://forge.example.evil.net/x", False),
        ("forge.example", "basic", "ssh://git@forge.example/x", False),
        ("forge.example", "ssh-key", "git@forge.example:x", True),
        ("forge.example:2222", "ssh-key", "ssh://git@forge.example:2222/x", True),
        ("forge.example", "ssh-key", "https://forge.example/x", False),
        ("", "basic", "file:///srv/x", False),
    ],
)
def test_a_credential_opens_its_own_host_and_port_only(host: str, kind: str, url: str, opens: bool) -> None:
    credential = Credential(host, kind)
    assert choose((credential,), parse(url)) == (credential if opens else None)


def test_a_credential_does_not_show_its_secret() -> None:
    assert "s3cret" not in repr(BASIC)
    assert "s3cret" not in BASIC.scope


@pytest.mark.parametrize(
    "values",
    [{}, {"host": "a", "colour": 1}, {"host": "a", "kind": "magic"}, {"host": "a", "secret": "x\ny"}],
)
def test_a_malformed_credential_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="credential"):
        Credential.from_dict(values)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Username for 'https://forge.example:8443': ", "ada"),
        ("Password for 'https://ada@forge.example:8443': ", "s3cret"),
        ('Username for "https://forge.example:8443/app"', "ada"),
        ('Password for "https://ada@forge.example:8443/app"', "s3cret"),
        ("Username for 'https://forge.example': ", None),
        ("Username for 'https://evil.net': ", None),
        ("Password for 'https://ada@evil.net': ", None),
        ("Password for 'https://ada@forge.example:8443.evil.net': ", None),
        ('Password for "https://evil.net/@forge.example:8443"', None),
        ("Enter passphrase for key", None),
    ],
)
def test_only_questions_about_the_own_host_are_answered(
    tmp_path: Path, question: str, answer: str | None
) -> None:
    helper = write_askpass(tmp_path, URL, BASIC)
    done = subprocess.run([helper, question], capture_output=True, text=True, check=False)
    assert (done.stdout or None) == answer
    assert (done.returncode == 0) == (answer is not None)


def test_git_itself_is_answered(tmp_path: Path) -> None:
    env = {
        "PATH": "/usr/bin:/bin",
        "GIT_ASKPASS": write_askpass(tmp_path, URL, BASIC),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    done = subprocess.run(
        ["git", "-c", "credential.helper=", "credential", "fill"],
        input="protocol=https\nhost=forge.example:8443\n\n",
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "username=ada\npassword=s3cret\n" in done.stdout


def test_ssh_takes_our_settings_and_connects_to_the_checked_address(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    key = Credential(
        "forge.example:2222", "ssh-key", secret="KEY", known_hosts="[forge.example]:2222 ssh-ed25519 AAAA"
    )
    command = ssh_command(folder, parse("ssh://git@forge.example:2222/x"), key, "10.0.0.7")
    # "-G" makes ssh print what it would do.
    done = subprocess.run(
        ["sh", "-c", f"{command} -G -p 2222 git@forge.example"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shown = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    assert shown["hostname"] == "10.0.0.7"
    assert shown["hostkeyalias"] == "[forge.example]:2222"
    assert shown["stricthostkeychecking"] in ("yes", "true")
    assert shown["userknownhostsfile"].strip('"') == f"{folder}/known_hosts"
    assert shown["identityfile"].strip('"') == f"{folder}/key"
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    assert "KEY" not in command


def test_ssh_without_a_credential_offers_no_key_of_the_agent(tmp_path: Path) -> None:
    assert 'IdentityFile="none"' in ssh_command(tmp_path, parse("git@forge.example:x"), None, "10.0.0.7")
