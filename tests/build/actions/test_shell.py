"""The step "Execute shell", run by a real runner in the real sandbox."""

from tests.agent.runner.attempts import Attempts, output, sh


def test_the_first_failing_line_ends_the_step_with_its_code(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("echo one\n(exit 9)\necho two"))
    assert report["exit_code"] == 9
    assert output(spool) == ["one"]


def test_commands_that_read_standard_input_do_not_eat_the_script(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("cat\nread x || echo nothing to read\necho last"))
    assert report["outcome"] == "success"
    assert output(spool) == ["nothing to read", "last"]


def test_the_script_is_in_no_command_line_and_not_in_the_workspace(attempts: Attempts) -> None:
    script = "secretword=1; tr '\\0' ' ' < /proc/$$/cmdline; echo; ls -A"
    spool, _ = attempts.run(sh(script))
    lines = output(spool)
    assert len(lines) == 1
    assert "secretword" not in lines[0]


def test_bash_is_used_where_there_is_one(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("a=(x y); [[ ${a[1]} == y ]] && echo bash"))
    assert report["outcome"] == "success"
    assert output(spool) == ["bash"]


def test_scripts_with_windows_line_ends_run(attempts: Attempts) -> None:
    spool, report = attempts.run(sh("echo one\r\nif true\r\nthen echo two\r\nfi\r\n"))
    assert report["outcome"] == "success"
    assert output(spool) == ["one", "two"]


def test_a_long_script_with_any_characters_runs_as_written(attempts: Attempts) -> None:
    script = "# " + "x" * 200_000 + "\ncat <<'END'\n${a} $(b) `c` \\ \" ' é €\nEND"
    spool, report = attempts.run(sh(script))
    assert report["outcome"] == "success"
    assert output(spool) == ["${a} $(b) `c` \\ \" ' é €"]


def test_a_step_starts_in_the_workspace_which_is_writable(attempts: Attempts) -> None:
    spool, report = attempts.run(
        sh('[ "$PWD" = "$WORKSPACE" ] && touch f && cd "$HOME" && touch g && touch "$TMPDIR/h"')
    )
    assert report["outcome"] == "success", output(spool)
