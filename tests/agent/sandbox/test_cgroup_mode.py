import pytest

from bottega.agent.sandbox import Facilities, cgroup_files, cgroup_mode, delegation
from bottega.agent.sandbox.hierarchies import discover


def test_the_choice_matches_the_probe(probed: Facilities) -> None:
    if probed.cgroup == "none":
        pytest.skip("this machine leaves its control groups to nobody")
    assert cgroup_mode.choose([]) == probed.cgroup


def test_a_group_without_the_controllers_is_not_taken_over() -> None:
    where = discover()
    if where.unified and not cgroup_files.read(f"{where.unified}/cgroup.controllers").count("memory"):
        assert "no memory and pids controllers" in delegation.take(where.unified)
    assert delegation.take("/nowhere") != ""


def test_own_groups_are_found_where_they_are_mounted() -> None:
    where = discover()
    folders = [folder for folder in (where.unified, *where.v1.values()) if folder]
    if not folders:
        pytest.skip("this machine has no control groups")
    assert not [folder for folder in folders if not folder.startswith(tuple(where.roots))]
