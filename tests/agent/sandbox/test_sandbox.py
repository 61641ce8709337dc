import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bottega.agent.sandbox import Facilities, Level, Sandbox, SandboxUnavailable

from .arena import LIMITS, Arena, Refused, at_level


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill $$", 143)]
)
def test_the_exit_code_is_that_of_the_command(arena: Arena, script: str, code: int) -> None:
    assert arena.shell(script).wait() == code


def test_a_program_that_does_not_exist_fails_the_step(arena: Arena) -> None:
    step = arena.start("/workspace/no-such-program")
    assert step.wait() not in (0, None)
    assert "no-such-program" in step.output


def test_output_and_errors_arrive_and_both_can_be_opened_by_name(arena: Arena) -> None:
    script = "echo one; echo two >&2; echo three > /dev/stdout; echo four > /dev/stderr"
    text = arena.ask("read_to_end", **arena.command("/bin/sh", "-c", script))
    assert text.split() == ["one", "two", "three", "four"]


def test_the_environment_is_exactly_what_was_given(arena: Arena) -> None:
    awkward = "a'b\"c $HOME `id` \\ ü\nsecond line"
    step = arena.start("/usr/bin/env", "-0", env={"AWKWARD": awkward})
    assert step.wait() == 0
    seen = dict(entry.split("=", 1) for entry in step.output.split("\0") if entry)
    # bubblewrap and shells add where they are; at level landlock git is kept from the host's configuration.
    additions = ("PWD", "OLDPWD", "SHLVL", "_", "GIT_CONFIG_NOSYSTEM")
    assert {name for name in seen if name not in additions} == {
        "PATH",
        "HOME",
        "TMPDIR",
        "AWKWARD",
    }
    assert seen["AWKWARD"] == awkward


def test_standard_input_holds_the_given_bytes_and_is_else_empty(arena: Arena) -> None:
    given = arena.start("/bin/cat", stdin="x" * 100_000 + "end")
    assert given.wait() == 0
    assert given.output == "x" * 100_000 + "end"
    empty = arena.start("/bin/cat")
    assert empty.wait() == 0
    assert empty.output == ""


def test_a_step_runs_in_its_folder_and_writes_to_the_workspace(arena: Arena) -> None:
    folder = arena.workspace / "app"
    folder.mkdir()
    if arena.uid is not None:
        os.chown(folder, arena.uid, arena.uid)
    step = arena.shell("pwd; echo made > here; umask", cwd="/workspace/app")
    assert step.wait() == 0, step.output
    assert step.output.split() == [arena.inside("/workspace/app"), "0022"]
    made = arena.workspace / "app" / "here"
    assert made.read_text() == "made\n"
    assert made.stat().st_uid == (os.getuid() if arena.uid is None else arena.uid)


def test_a_working_folder_that_does_not_exist_fails_the_step(arena: Arena) -> None:
    assert arena.shell("echo ran", cwd="/workspace/missing").wait() not in (0, None)


def test_home_and_tmp_can_be_written(arena: Arena) -> None:
    step = arena.shell('echo a > "$HOME/a" && echo b > "$TMPDIR/b" && cat "$HOME/a" "$TMPDIR/b"')
    assert step.wait() == 0, step.output
    assert step.output == "a\nb\n"


def test_a_step_has_no_rights_and_can_gain_none(arena: Arena) -> None:
    step = arena.shell("cat /proc/self/status")
    assert step.wait() == 0
    status = dict(line.split(":\t", 1) for line in step.output.splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    if arena.facilities.level != "process":
        assert status["Seccomp"] == "2"
    uid = str(os.getuid() if arena.uid is None else arena.uid)
    assert set(status["Uid"].split()) == {uid}
    if arena.uid is not None:
        assert status["Groups"].strip() in ("", uid, "65534")


def test_resource_limits_are_in_force(arena: Arena) -> None:
    step = arena.shell("ulimit -c; ulimit -n; ulimit -f")
    assert step.wait() == 0
    core, files, size = step.output.split()
    assert (core, files) == ("0", "1024")
    assert int(size) * 512 <= LIMITS.file_bytes


def test_signals_ignored_by_the_runner_are_not_ignored_by_the_step(arena: Arena) -> None:
    step = arena.shell("grep SigIgn /proc/self/status")
    assert step.wait() == 0
    ignored = int(step.output.split()[1], 16)
    # The C library keeps 32 and 33 to itself: what posix_spawn has started, such as make, hands them on ignored.
    assert ignored & ~(0b11 << 31) == 0


def test_bound_folders_are_seen_and_only_writable_when_asked(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(facilities)
    sources = [arena.root / "toolchain", arena.root / "cache"]
    for source in sources:
        source.mkdir(mode=0o755)
        (source / "file").write_text("seen\n")
        (source / "file").chmod(0o644)
        if arena.uid is not None:
            os.chown(source, arena.uid, arena.uid)
    arena.open(
        binds=[(str(sources[0]), "/opt/some/tool", False), (str(sources[1]), "/home/build/.m2/cache", True)]
    )
    tool, cache = arena.inside("/opt/some/tool"), arena.inside("/home/build/.m2/cache")
    script = f"cat {tool}/file {cache}/file && echo new > {cache}/new && mkdir -p $HOME/.m2 && echo s > $HOME/.m2/s"
    step = arena.shell(script)
    assert step.wait() == 0, step.output
    assert step.output == "seen\nseen\n"
    assert (sources[1] / "new").exists()
    if facilities.level != "process":
        assert arena.shell(f"echo new > {tool}/new").wait() != 0
        assert not (sources[0] / "new").exists()


def test_a_bound_link_leads_to_the_folder_it_names(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    if facilities.level != "bubblewrap":
        pytest.skip("the other levels show the host's own links")
    arena = make_arena(facilities).open(binds=[("/usr/bin/env", "/opt/tools/bin/env", False, True)])
    step = arena.shell("readlink /opt/tools/bin/env && /opt/tools/bin/env echo seen")
    assert step.wait() == 0, step.output
    assert step.output == "/usr/bin/env\nseen\n"


def test_paths_inside_are_those_of_the_level(arena: Arena) -> None:
    inside = [
        arena.inside(path) for path in ("/workspace/a", "/home/build/b", "/tmp/c", "/usr/bin", "/workspaces")
    ]
    if arena.facilities.level == "bubblewrap":
        assert inside == ["/workspace/a", "/home/build/b", "/tmp/c", "/usr/bin", "/workspaces"]
    else:
        root = str(arena.root)
        assert inside == [f"{root}/workspace/a", f"{root}/home/b", f"{root}/tmp/c", "/usr/bin", "/workspaces"]


def test_a_missing_bound_folder_refuses_the_step_and_starts_nothing(
    facilities: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(facilities).open(binds=[("/nowhere/at/all", "/opt/tool", False)])
    with pytest.raises(Refused, match="/nowhere/at/all"):
        arena.shell("echo ran")
    assert arena.ask("is_empty")


def test_bubblewrap_has_a_view_of_its_own(probed: Facilities, make_arena: Callable[..., Arena]) -> None:
    arena = make_arena(at_level(probed, "bubblewrap")).open()
    step = arena.shell("hostname; ls /; ls /etc; id -un; ls /proc | grep -c '^[0-9]'")
    assert step.wait() == 0, step.output
    lines = step.output.splitlines()
    assert lines[0] == "build"
    assert not {"root", "srv", "opt", "sys", "boot", "mnt"} & set(lines)
    assert not {"shadow", "sudoers", "ssh", "gitconfig"} & set(lines)
    assert "build" in lines[1:]
    assert int(lines[-1]) < 10


def test_git_and_certificates_work(arena: Arena) -> None:
    script = """
    set -e
    git init -q repository && cd repository && echo text > file && git add file
    git -c user.name=b -c user.email=b@localhost commit -q -m first
    git log --oneline | wc -l
    ls /etc/ssl/certs > /dev/null
    """
    step = arena.shell(script)
    assert step.wait() == 0, step.output
    assert step.output.splitlines()[-1].strip() == "1"


def test_a_setup_that_fails_is_told_apart_from_a_step_that_fails(
    probed: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(at_level(probed, "bubblewrap"))
    # A target below a file cannot be made.
    arena.open(binds=[("/usr/share", "/usr/bin/env/below", False)])
    step = arena.shell("echo ran")
    assert step.wait() == 125
    assert step.failure is not None
    assert "bubblewrap" in step.failure
    failing = make_arena(at_level(probed, "bubblewrap")).open().shell("exit 1")
    assert failing.wait() == 1
    assert failing.failure is None


def test_nothing_starts_when_bubblewrap_has_gone(
    probed: Facilities, make_arena: Callable[..., Arena]
) -> None:
    facilities = at_level(probed, "bubblewrap").replace(bubblewrap="/usr/bin/no-such-bwrap")
    arena = make_arena(facilities).open()
    with pytest.raises(Refused, match="SandboxUnavailable"):
        arena.shell("echo ran")


def test_a_step_without_network_is_refused_where_that_cannot_be_given(
    probed: Facilities, make_arena: Callable[..., Arena]
) -> None:
    arena = make_arena(probed.replace(level="process", seccomp=False, root_mode="")).open()
    with pytest.raises(Refused, match="cannot switch the network off"):
        arena.shell("echo ran", network=False)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "../escape"}),
        ("name", {"name": ""}),
        ("workspace", {"workspace": "relative"}),
        ("uid", {"uid": 0}),
    ],
)
def test_a_bad_argument_is_named(field: str, changes: dict[str, object], probed: Facilities) -> None:
    settings: dict[str, object] = {
        "facilities": probed.replace(cgroup="none", own_uid=True),
        "workspace": "/usr/share",
        "limits": LIMITS,
        "uid": 62000,
        "name": "fine",
    }
    with pytest.raises(ValueError, match=field):
        Sandbox(**{**settings, **changes})  # type: ignore[arg-type]


def test_a_uid_is_needed_when_steps_have_their_own(probed: Facilities) -> None:
    facilities = probed.replace(cgroup="none", own_uid=True)
    with pytest.raises(ValueError, match="uid"):
        Sandbox(facilities=facilities, workspace="/usr/share", limits=LIMITS, uid=None, name="fine")


def test_control_groups_that_cannot_be_made_refuse_the_attempt(probed: Facilities) -> None:
    facilities = probed.replace(cgroup="v2", own_uid=False)
    if probed.cgroup == "v2":
        pytest.skip("this host offers version 2 in full")
    with pytest.raises(SandboxUnavailable, match="control group"):
        Sandbox(facilities=facilities, workspace="/usr/share", limits=LIMITS, uid=None, name="no-such-limits")


def test_a_closed_sandbox_starts_nothing_and_keeps_its_figures(arena: Arena) -> None:
    assert arena.shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done").wait() == 0
    used = arena.ask("usage")
    arena.ask("close")
    arena.ask("close")
    assert arena.ask("usage") == used
    assert arena.groups() == []
    if arena.facilities.cgroup != "none":
        assert used["cpu_seconds"] > 0
    with pytest.raises(Refused, match="closed"):
        arena.shell("echo ran")


def test_secrets_are_in_no_command_line_and_no_file(arena: Arena) -> None:
    step = arena.shell("echo ready; sleep 60", env={"TOKEN": "hush-4711"})
    step.says("ready")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                assert b"hush-4711" not in (entry / "cmdline").read_bytes()
            except OSError:
                continue
    found = [path for path in arena.root.rglob("*") if stat.S_ISREG(path.lstat().st_mode)]
    assert not [path for path in found if b"hush-4711" in path.read_bytes()]


def test_a_folder_is_shown_that_the_user_of_the_steps_could_not_reach(
    facilities: Facilities, make_arena: Callable[..., Arena], tmp_path: Path
) -> None:
    if facilities.level is not Level.BUBBLEWRAP or os.geteuid() != 0:
        pytest.skip("only an agent that is root can show more than the user of its steps may see")
    closed = tmp_path / "closed"
    (closed / "python").mkdir(parents=True)
    (closed / "python" / "file").write_text("shown\n")
    (closed / "secret").write_text("hidden\n")
    closed.chmod(0o700)
    target = f"{closed}/python"
    arena = make_arena(facilities).open(binds=[(target, target, False)])
    step = arena.shell(f"cat {target}/file; ls {closed}; touch {target}/new")
    assert step.wait() != 0
    assert step.output.splitlines()[:2] == ["shown", "python"]
    assert not (closed / "python" / "new").exists()
