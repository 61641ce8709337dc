"""What an agent says of itself, and when it takes no runs."""

from pathlib import Path

import pytest

from bottega.agent import offering
from bottega.agent.offering import Offering
from bottega.agent.sandbox import Facilities
from bottega.settings import RetentionSettings

FACILITIES = Facilities(
    level="landlock",
    seccomp=True,
    cgroup="none",
    own_uid=True,
    landlock_abi=5,
    root_mode="",
    notes=["a note"],
)


@pytest.fixture
def retention() -> RetentionSettings:
    return RetentionSettings(min_free_bytes=0, min_free_percent=0.0)


@pytest.fixture
def one(tmp_path: Path, retention: RetentionSettings) -> Offering:
    return Offering(tmp_path, retention, FACILITIES, 3)


def test_an_ordinary_agent_offers_its_slots_and_its_sandbox(one: Offering) -> None:
    offer = one.offer()
    assert (offer.slots, offer.sandbox_level, offer.notes, offer.refusing) == (3, "landlock", ["a note"], "")
    assert offer.sandbox == FACILITIES.describe()


def test_a_low_disk_is_a_reason_until_there_is_room_again(
    one: Offering, retention: RetentionSettings
) -> None:
    retention.min_free_percent = 99.999999999
    assert one.offer().refusing.endswith("are kept free (retention.min_free_percent)")
    assert one.refusal() == one.offer().refusing
    retention.min_free_percent = 0.0
    assert one.offer().refusing == ""


def test_a_host_without_git_says_so_instead_of_failing_builds(
    one: Offering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in offering.TOOLS:
        (tools / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tools))
    assert one.offer().refusing == ""
    (tools / "git").unlink()
    assert one.offer().refusing == "git cannot be found on its PATH"
    (tools / "getent").unlink()
    assert one.refusal() == "git and getent cannot be found on its PATH"


def test_after_a_run_that_could_not_be_started_it_takes_none_for_a_while(
    one: Offering, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.cannot_start("runs cannot be started: no more processes")
    assert one.offer().refusing == "runs cannot be started: no more processes"
    now = offering.boottime()
    monkeypatch.setattr(offering, "boottime", lambda: now + offering.TROUBLE_SECONDS)
    assert one.offer().refusing == ""


def test_an_agent_that_is_unfit_says_so_and_may_still_ask(one: Offering) -> None:
    one.unfit("sandbox.require is bubblewrap")
    assert one.offer().refusing == "sandbox.require is bubblewrap"
    assert one.refusal() == ""
    one.unfit("")
    assert one.offer().refusing == ""


def test_a_draining_agent_takes_nothing_until_it_is_told_otherwise(one: Offering) -> None:
    one.drain(True)
    assert one.refusal() == "it is draining, as it was told on its host"
    assert (one.offer().draining, one.offer().refusing) == (True, one.refusal())
    one.drain(False)
    assert (one.offer().draining, one.refusal()) == (False, "")
