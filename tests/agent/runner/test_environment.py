from bottega.agent.runner.environment import FORBIDDEN, PATH, step_environment


def make(parameters: dict[str, str], hints: dict[str, str] | None = None) -> tuple[dict[str, str], list[str]]:
    return step_environment(
        parameters=parameters, hints=hints or {}, home="/home/build", workspace="/workspace", tmp="/tmp"
    )


def test_parameters_become_variables_beside_the_fixed_ones() -> None:
    environment, refused = make({"A": "1", "B_2": ""})
    assert refused == []
    assert environment == {
        "A": "1",
        "B_2": "",
        "CI": "true",
        "HOME": "/home/build",
        "LANG": "C.UTF-8",
        "LOGNAME": "build",
        "PATH": PATH,
        "TMPDIR": "/tmp",
        "USER": "build",
        "WORKSPACE": "/workspace",
    }


def test_where_the_folders_are_is_not_for_parameters_to_say() -> None:
    environment, _ = make({"WORKSPACE": "/elsewhere", "HOME": "/root", "LANG": "de_DE.UTF-8"})
    assert (environment["WORKSPACE"], environment["HOME"]) == ("/workspace", "/home/build")
    assert environment["LANG"] == "de_DE.UTF-8"


def test_parameters_replace_hints() -> None:
    assert make({"NODE_OPTIONS": "mine"}, {"NODE_OPTIONS": "hint", "X": "y"})[0]["NODE_OPTIONS"] == "mine"


def test_reserved_and_unusable_names_are_left_out_with_a_reason_each() -> None:
    bad = dict.fromkeys([*FORBIDDEN, "A=B", "", "A B", "BASH_FUNC_ls%%"], "evil")
    environment, refused = make({**bad, "N": "a\0b"})
    assert "evil" not in environment.values()
    assert "N" not in environment
    assert len(refused) == len(bad) + 1
    assert not any("evil" in reason for reason in refused)
