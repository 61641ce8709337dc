"""The demonstration from beginning to end."""

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from bottega.agent.identity import host_arch
from bottega.agent.lifetime import hold_folder
from bottega.demo import folders, sample
from bottega.demo.child import ServerChild, choose_port
from bottega.demo.client import CHECKED, CHECKING, Client, token_request
from bottega.demo.errors import DemoError
from bottega.demo.folders import Folders
from bottega.demo.interruption import Interrupted, Interruptions
from bottega.demo.screen import Screen

TASK_NAME = "demo"
SHELL = "devcloud2018.codeci_action_20017.action"
LOG_SECONDS = 0.1
# The server itself gives a build ten seconds; nobody at a terminal wants to wait longer.
STOP_SECONDS = 8.0
STOP_CALL_SECONDS = 3.0


def run(screen: Screen, data_dir: Path | None, port: int | None, *, leave: bool) -> int:
    """Tell the story; the exit code. With ``leave`` it ends after the record: 0 for a successful build, else 1.

    Raises :class:`DemoError` when it cannot go on. The server is down when this returns or raises.
    """
    interruptions = Interruptions()
    told = _Told()
    try:
        interruptions.install()
        _tell(screen, interruptions, told, data_dir, port, leave=leave)
    except Interrupted:
        # A new screen: the old one may have been interrupted in the middle of a line and would say it again.
        ending = Screen()
        ending.say("")
        ending.say("Ending the server and its builds…")
        return 0 if told.everything else 128 + interruptions.signal
    finally:
        interruptions.close()
        told.end(interruptions)
    return 0 if told.successful else 1


class _Told:
    """How far the story has come, and what has to be ended."""

    def __init__(self) -> None:
        self.server: ServerChild | None = None
        self.client: Client | None = None
        self.successful = False
        self.everything = False

    def end(self, interruptions: Interruptions) -> None:
        if self.client is not None:
            _stop_builds(self.client, interruptions)
        if self.server is not None:
            self.server.stop(interruptions)


def _tell(
    screen: Screen,
    interruptions: Interruptions,
    told: _Told,
    data_dir: Path | None,
    port: int | None,
    *,
    leave: bool,
) -> None:
    sample.require_git()
    places = folders.choose(data_dir)
    if places.notice:
        screen.say(places.notice, "yellow")
    if hold_folder(places.root) is None:
        raise DemoError(f"another demo uses {places.root}; give this one a --data-dir of its own")
    url = sample.prepare(places.sample, os.environ["PATH"])
    told.server = server = ServerChild(places.server, choose_port(port), places.root / "server.log")
    screen.say(f"Starting a server at {server.endpoint}, data in {places.server}")
    server.start(interruptions)
    server.wait_until_healthy()
    try:
        _build(screen, told, server.endpoint, places, url, leave=leave)
    except DemoError:
        # When the server is gone, its own words say more than a call without an answer.
        server.require_alive()
        raise
    told.everything = True
    if leave:
        return
    server.require_alive(None)


def _build(screen: Screen, told: _Told, endpoint: str, places: Folders, url: str, *, leave: bool) -> None:
    credentials = _credentials(places)
    told.client = client = Client(endpoint, credentials)
    job_id = client.save_task(TASK_NAME, _configuration(url))
    number = client.execute(job_id)
    screen.say(f"Build task {TASK_NAME} checks out {url}; this is its build {number}:")
    screen.say("")
    _follow(screen, client, job_id, number)
    record = client.record(job_id, number)
    screen.record(record, client.stages(record["build_record_id"]))
    checked = _check(screen, client, url)
    told.successful = record["status"] == "SUCCESS" and checked
    if leave:
        return
    request = places.root / "token-request.json"
    _write_private(request, json.dumps(token_request(credentials)))
    screen.how_to_go_on(endpoint, places.credentials, request, job_id, client.project_id)


def _follow(screen: Screen, client: Client, job_id: str, number: int) -> None:
    """Show the log while it grows, and why the build waits while it does."""
    offset, more, reason = 0, True, ""
    while more:
        text, offset, more = client.log_page(job_id, number, offset)
        screen.log(text)
        if more and not text:
            record = client.record(job_id, number)
            waits = record["err_msg"] or "" if record["status"] == "QUEUED" else ""
            if waits and waits != reason:
                screen.say(f"  waiting: {waits}", "dim")
            reason = waits
            # The API has nothing to wait on: its clients ask again.
            time.sleep(LOG_SECONDS)


def _check(screen: Screen, client: Client, url: str) -> bool:
    """Have the analysers look at the sample, and show what they find; whether they came to an end."""
    task_id = client.save_check_task(TASK_NAME, url, sample.BRANCH, sample.LANGUAGES)
    screen.say("")
    screen.say(f"Check task {TASK_NAME} looks at the same repository:")
    check_id = client.check(task_id)
    while (status := client.check_status(task_id)) == CHECKING:
        # As above: progress is asked for.
        time.sleep(LOG_SECONDS)
    if status != CHECKED:
        for entry in client.check_log(task_id):
            screen.say(f"  {entry['display_name']}: {entry['log']}", "bold red")
        return False
    screen.issues(client.issues(task_id))
    _wait_for_last_words(client, check_id)
    return True


def _wait_for_last_words(client: Client, check_id: str) -> None:
    """A check has succeeded once its result is stored; what made it ends a moment later, and would be cut off."""
    offset, more = 0, True
    while more:
        offset, more = client.check_log_page(check_id, offset)
        if more:
            # As above.
            time.sleep(LOG_SECONDS)


def _configuration(url: str) -> dict[str, Any]:
    def step(name: str, command: str) -> dict[str, Any]:
        return {"module_id": SHELL, "name": name, "enable": True, "properties": {"command": command}}

    return {
        "arch": host_arch(),
        "scms": [{"url": url, "scm_type": "codehub", "branch": sample.BRANCH, "build_type": "branch"}],
        "steps": [step("Count", "PAUSE=0.4 sh build.sh"), step("Test", "sh test.sh")],
        "timeout": {"limit": "10", "unit": "minute"},
    }


def _credentials(places: Folders) -> dict[str, str]:
    try:
        return json.loads(places.credentials.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DemoError(f"cannot read {places.credentials}: {error}") from None


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _stop_builds(client: Client, interruptions: Interruptions) -> None:
    """Have running builds stopped and recorded as such; what is left after a while ends with the server."""
    client.seconds = STOP_CALL_SECONDS
    deadline = time.monotonic() + STOP_SECONDS
    with contextlib.suppress(DemoError):
        while client.stop_running() and time.monotonic() < deadline and interruptions.count <= 1:
            # As its other clients do.
            time.sleep(LOG_SECONDS)
