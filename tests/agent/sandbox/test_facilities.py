import json

import pytest

from bottega.agent.sandbox import Facilities, Level

FULL = Facilities(
    level=Level.BUBBLEWRAP,
    seccomp=True,
    cgroup="v2-kill+v1-limits",
    own_uid=True,
    landlock_abi=7,
    root_mode="userns",
    notes=["a remark"],
    bubblewrap="/usr/bin/bwrap",
    disable_userns=True,
)


def test_levels_are_ordered_from_bubblewrap_down_to_process() -> None:
    ordered = [Level.BUBBLEWRAP, Level.LANDLOCK, Level.PROCESS]
    for index, level in enumerate(ordered):
        assert all(level.at_least(weaker) for weaker in ordered[index:])
        assert not any(level.at_least(stronger) for stronger in ordered[:index])


def test_facilities_survive_json() -> None:
    assert Facilities.from_dict(json.loads(json.dumps(FULL.to_dict()))) == FULL


def test_facilities_with_an_unknown_level_are_refused() -> None:
    with pytest.raises(ValueError, match="jail"):
        Facilities.from_dict({**FULL.to_dict(), "level": "jail"})


def test_facilities_with_an_unknown_field_are_refused() -> None:
    with pytest.raises(TypeError, match="walls"):
        Facilities.from_dict({**FULL.to_dict(), "walls": 4})


def test_facilities_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        FULL.seccomp = False


def test_the_description_names_what_is_in_force() -> None:
    assert FULL.describe() == "bubblewrap + seccomp + cgroup v2-kill+v1-limits + own uid"
    caps = FULL.replace(root_mode="caps", seccomp=False)
    assert caps.describe().startswith("bubblewrap (as root, without user namespace) + cgroup")
    weak = FULL.replace(level="process", cgroup="none", own_uid=False)
    assert weak.describe() == "process + no cgroup + the agent's uid"
    assert FULL.replace(level="landlock").describe().startswith("landlock (ABI 7) + seccomp")
