"""The step "Download a file of the file manager", run by a real runner in the real sandbox."""

from pathlib import Path
from typing import Any

import pytest

from bottega.agent.spool import Spool
from bottega.build.actions import ACTIONS, InputError
from tests.agent.runner.attempts import Attempts, ended, log_lines, output, sh, stages

CONTENT = b"\x00\xff-----BEGIN the-content-itself\n" * 100


def download(name: str, **more: Any) -> dict[str, Any]:
    return {
        "key": "download",
        "name": "Get it",
        "action": "download_file",
        "inputs": {"name": name},
        "label": "ext",
        **more,
    }


def run(
    attempts: Attempts, *steps: dict[str, Any], files: dict[str, bytes | str], **spec: Any
) -> tuple[Spool, dict[str, Any]]:
    """An attempt with these files; a text is the reason why the run does not have one."""
    listed = [
        {"name": name, "refusal": found if isinstance(found, str) else ""} for name, found in files.items()
    ]
    spool = attempts.create(*steps, secret_files=listed, **spec)
    for number, found in enumerate(files.values()):
        if isinstance(found, bytes):
            spool.write_file(number, found)
    spool.start_runner()
    return spool, ended(spool)


def test_the_file_lies_in_the_workspace_for_the_builds_user_alone(attempts: Attempts) -> None:
    look = sh("stat -c '%a %U %s' 'my key.jks'; sha256sum <'my key.jks' | cut -c1-16; test -O 'my key.jks'")
    spool, report = run(attempts, download("my key.jks"), look, files={"my key.jks": CONTENT})
    assert report["outcome"] == "success", log_lines(spool)
    import hashlib

    digest = hashlib.sha256(CONTENT).hexdigest()[:16]
    assert output(spool)[1] == digest
    mode, _user, size = output(spool)[0].split()
    assert (mode, size) == ("600", str(len(CONTENT)))
    assert any(f"my key.jks: {len(CONTENT)} bytes written" in line for line in log_lines(spool))


def test_the_content_is_neither_in_the_log_nor_in_the_spec(attempts: Attempts) -> None:
    spool, report = run(attempts, download("a.xml"), files={"a.xml": CONTENT})
    assert report["outcome"] == "success"
    kept = {path.name: path for path in Path(spool.folder).iterdir() if path.is_file()}
    assert [name for name, path in kept.items() if b"the-content-itself" in path.read_bytes()] == ["file.0"]
    assert kept["file.0"].stat().st_mode & 0o777 == 0o600


def test_what_lies_in_its_place_is_replaced_and_links_are_not_followed(attempts: Attempts) -> None:
    before = sh("echo old > a.xml; ln -s other b.xml; ln -s /etc/passwd -- -n.xml", name="Before")
    after = sh(
        "head -c 2 a.xml | od -An -tx1; test ! -e other; test ! -h b.xml; test ! -h ./-n.xml", name="After"
    )
    steps = [before, *(download(name, key=name) for name in ("a.xml", "b.xml", "-n.xml")), after]
    spool, report = run(
        attempts, *steps, files={"b.xml": b"b", "a.xml": CONTENT, "-n.xml": b"starts with a dash"}
    )
    assert report["outcome"] == "success", log_lines(spool)
    assert output(spool) == [" 00 ff"]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("gone.xml", {"gone.xml": "the file manager has no file of this name"}),
        ("other.xml", {"a.xml": CONTENT}),
    ],
)
def test_a_file_the_run_does_not_have_fails_the_step_with_the_reason(
    attempts: Attempts, name: str, files: dict[str, bytes | str]
) -> None:
    spool, report = run(attempts, download(name), sh("echo not reached"), files=files)
    assert report["outcome"] == "failure"
    reason = files.get(name, "the run was not given this file")
    assert f"step failed: input name {name!r}: {reason}" in "\n".join(log_lines(spool))
    assert f"input name {name!r}: {reason}" in report["reason"]
    assert stages(spool)["shell"] == "skipped"


def test_a_folder_in_its_place_fails_the_step(attempts: Attempts) -> None:
    spool, report = run(
        attempts, sh("mkdir a.xml", name="Before"), download("a.xml"), files={"a.xml": CONTENT}
    )
    assert report["outcome"] == "failure"
    assert any("a.xml cannot be written to the workspace" in line for line in log_lines(spool))


def test_its_failure_can_be_ignored(attempts: Attempts) -> None:
    step = download("a.xml", ignore_failure=True)
    spool, report = run(attempts, step, sh("echo reached"), files={"a.xml": "why not"})
    assert report["outcome"] == "success"
    assert output(spool) == ["reached"]


@pytest.mark.parametrize(
    "inputs", [{"name": "a.xml"}, {"fileName": "a.xml"}, {"file_name": "a.xml", "name": ""}]
)
def test_the_name_may_be_spelled_as_in_yaml_or_as_in_graphical_steps(inputs: dict[str, str]) -> None:
    ACTIONS["download_file"].check(inputs)
    assert ACTIONS["download_file"].secret_files(inputs) == ["a.xml"]


@pytest.mark.parametrize(
    "inputs", [{}, {"name": " "}, {"name": "../a.xml"}, {"name": ".."}, {"name": ["a.xml"]}]
)
def test_inputs_that_name_no_file_are_refused(inputs: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        ACTIONS["download_file"].check(inputs)
