"""Settings come from file, environment and options, and a mistake is named."""

from pathlib import Path

import pytest

from bottega.settings import SettingsError, load


def test_defaults_need_no_file() -> None:
    settings = load(environment={})
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8080)
    assert settings.database_url.endswith("/bottega-data/bottega.db")


def test_the_environment_beats_the_file_and_options_beat_both(tmp_path: Path) -> None:
    file = tmp_path / "bottega.toml"
    file.write_text('[http]\nport = 1\nhost = "::1"\n[runs]\nlease_seconds = 7\n')
    environment = {"BOTTEGA_HTTP__PORT": "2", "UNRELATED": "x"}
    settings = load(file, environment, {"http": {"port": 3}})
    assert (settings.http.port, settings.http.host, settings.runs.lease_seconds) == (3, "::1", 7.0)
    assert load(file, environment).http.port == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[http]\nprot = 1\n", "prot"),
        ("htpp = 1\n", "htpp"),
        ('[http]\nport = "many"\n', "$.http.port"),
        ('[sandbox]\nrequire = "none"\n', "$.sandbox.require"),
        ("[http\n", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "bottega.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=named.replace("$", r"\$").replace(".", r"\.")):
        load(file, {})


def test_a_mistake_in_the_environment_is_named() -> None:
    with pytest.raises(SettingsError, match="lease_secs"):
        load(environment={"BOTTEGA_RUNS__LEASE_SECS": "1"})
    with pytest.raises(SettingsError, match="BOTTEGA_DATA_DIR__X: data_dir is a value"):
        load(environment={"BOTTEGA_DATA_DIR": "a", "BOTTEGA_DATA_DIR__X": "b"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no\.toml"):
        load(tmp_path / "no.toml", {})


@pytest.mark.parametrize(
    ("host", "rule", "allowed"),
    [
        ("127.0.0.1", "loopback", True),
        ("127.9.9.9", "loopback", True),
        ("localhost", "loopback", True),
        ("0.0.0.0", "loopback", False),
        ("0.0.0.0", "always", True),
        ("127.0.0.1", "never", False),
    ],
)
def test_file_repositories_follow_the_rule(host: str, rule: str, allowed: bool) -> None:
    settings = load(environment={}, overrides={"http": {"host": host}, "scm": {"file_urls": rule}})
    assert settings.file_urls_allowed is allowed
