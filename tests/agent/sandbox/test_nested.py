"""The profile of steps that work with container images: what it allows beside the others, and what it keeps closed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.agent.sandbox import Facilities

from .arena import Arena, Refused
from .shapes import SHAPES

# As the engine is started: a root that is one only in here.
ROOT = ("/usr/bin/unshare", "--user", "--map-root-user", "--mount", "--", "/bin/sh", "-c")


@pytest.fixture
def nesting(facilities: Facilities, make_arena: Callable[..., Arena]) -> Arena:
    if not facilities.nests:
        pytest.skip(f"{facilities.describe()} gives no namespaces of a step's own")
    return make_arena(facilities).open()


def inside(arena: Arena, script: str, network: bool = True) -> str:
    """What a script says that runs as root of its own namespace."""
    step = arena.start(*ROOT, script, arena.marker, nested=True, network=network)
    assert step.wait() == 0, step.output
    return step.output


def test_a_weaker_sandbox_refuses_to_nest(facilities: Facilities, make_arena: Callable[..., Arena]) -> None:
    arena = make_arena(facilities).open()
    if facilities.nests:
        assert arena.shell("true", nested=True).wait() == 0
        return
    with pytest.raises(Refused) as refused:
        arena.shell("true", nested=True)
    assert refused.value.kind == "SandboxUnavailable"
    assert "no room for namespaces" in str(refused.value)


def test_it_can_mount_where_an_ordinary_step_cannot(nesting: Arena) -> None:
    script = "id -u; mkdir a && mount -t tmpfs none a && touch a/b && ls a"
    assert inside(nesting, script).split() == ["0", "b"]
    assert nesting.start(*ROOT, script).wait() != 0


def test_what_the_sandbox_covers_cannot_be_uncovered(nesting: Arena) -> None:
    script = """
umount /proc/sys && echo uncovered sys
[ ! -e /proc/kallsyms ] || umount /proc/kallsyms && [ -s /proc/kallsyms ] && echo uncovered kallsyms
mount -o remount,rw,bind /usr && echo writable usr
mount -o remount,rw / && echo writable root
mount -t proc none /tmp && echo own proc
chroot /proc/1/root ls /root >/dev/null && echo other root
echo end"""
    assert inside(nesting, f"exec 2>/dev/null{script}").split("\n") == ["end", ""]


def test_it_gets_no_network_of_its_own_and_none_that_is_switched_off(nesting: Arena) -> None:
    script = (
        "unshare --net true 2>/dev/null && echo own net; ls /proc/self/net/ >/dev/null; cat /proc/net/dev"
    )
    text = inside(nesting, script, network=False)
    assert "own net" not in text
    assert [line.split(":")[0].strip() for line in text.splitlines()[2:]] == ["lo"]


def test_what_it_writes_belongs_to_the_builds_user_whatever_it_was_told(nesting: Arena) -> None:
    assert inside(nesting, "touch made && chown 5:6 made && stat -c %u made").split() == ["0"]
    made = nesting.workspace / "made"
    owner = Path(nesting.workspace).stat().st_uid
    assert made.stat().st_uid == owner


def test_a_tree_below_it_is_killed_like_any_other(nesting: Arena) -> None:
    source = Path(__file__).with_name("shapes.py").read_text()
    (nesting.workspace / "shapes.py").write_text(source)
    for shape in SHAPES:
        script = f'exec /usr/bin/python3 -I -S -B /workspace/shapes.py "$0" {shape}'
        step = nesting.start(*ROOT, script, nesting.marker, nested=True)
        step.says("ready")
        assert step.kill() == 137
        assert nesting.survivors() == [], shape
