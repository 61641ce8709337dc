"""Settings come from file, environment and options, and a mistake is named."""

import re
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
        ("[http]\nprot = 1\n", "http.prot: there is no such setting"),
        ("htpp = 1\n", "settings: htpp: there is no such setting"),
        ('[http]\nport = "many"\n', "http.port: expected a whole number, got text"),
        ("http = 1\n", "http: expected a table, got a whole number"),
        ('[sandbox]\nrequire = "none"\n', "sandbox.require: invalid enum value 'none'"),
        (
            '[[scm.credentials]]\nhost = "x"\n',
            "scm.credentials[0]: object missing required field secret_file",
        ),
        (
            '[[scm.credentials]]\nhost = "x"\nsecret_file = ""\n',
            "scm.credentials[0].secret_file: expected text",
        ),
        ("[http\n", "not valid TOML"),
        ("data_dir = '\udcff'\n", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "bottega.toml"
    file.write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(SettingsError, match=re.escape(named)):
        load(file, {})


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("http.port", "99999", "<= 65535"),
        ("http.port", "-1", ">= 0"),
        ("http.public_url", "build.example.com", "expected an address such as https://"),
        ("http.body_limit_bytes", "0", ">= 1024"),
        ("database.pool_size", "0", ">= 1"),
        ("nats.port", "65536", "<= 65535"),
        ("nats.store_bytes", "1000", ">= 1073741824"),
        ("runs.tenant_concurrency", "0", ">= 1"),
        ("runs.tenant_queue", "-1", ">= 0"),
        ("runs.lease_seconds", "0", "> 0"),
        ("runs.lease_seconds", "nan", "> 0"),
        ("runs.lease_seconds", "inf", "<= 86400"),
        ("runs.renew_seconds", "45", "not less than runs.lease_seconds (45)"),
        ("runs.max_attempts", "0", ">= 1"),
        ("runs.max_attempts", "9" * 30, "<= 1000000"),
        ("runs.timeout_minutes", "0", ">= 1"),
        ("runs.stop_grace_seconds", "-0.1", ">= 0"),
        ("runs.log_limit_bytes", "-1", ">= 0"),
        ("retention.logs_days", "-1", ">= 0"),
        ("retention.mirrors_days", "-1", ">= 0"),
        ("retention.min_free_bytes", "-1", ">= 0"),
        ("retention.min_free_percent", "100", "< 100"),
        ("agent.slots", "-1", ">= 0"),
        ("agent.first_uid", "0", ">= 1"),
        ("api.time_zone", "Mars/Olympus", "not the IANA name of a time zone"),
        ("api.time_zone", "../UTC", "not the IANA name of a time zone"),
        ("data_dir", "", "length >= 1"),
        ("debug", "perhaps", "expected true or false"),
    ],
)
def test_a_value_that_cannot_work_is_refused_with_its_key_and_the_reason(
    key: str, value: str, reason: str
) -> None:
    name = "BOTTEGA_" + key.replace(".", "__").upper()
    with pytest.raises(SettingsError, match=f"^settings: {re.escape(key)}: .*{re.escape(reason)}"):
        load(environment={name: value})


def test_debug_is_a_setting() -> None:
    assert not load(environment={}).debug
    assert load(environment={"BOTTEGA_DEBUG": "1"}).debug


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


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"path": "opt/jdk"}, "agent.tools[0].path: expected text matching regex"),
        ({"path": "/opt/../root"}, "agent.tools.path: '..' is not possible"),
        ({"name": "JDK 21"}, "agent.tools[0].name: expected text matching regex"),
        ({"version": ""}, "agent.tools[0].version: expected text matching regex"),
        ({"home": "/opt"}, "agent.tools[0].home: there is no such setting"),
    ],
)
def test_a_declared_tool_that_cannot_be_one_is_refused(change: dict[str, str], named: str) -> None:
    tool = {"name": "jdk", "version": "21", "path": "/opt/jdk-21"}
    assert load(environment={}, overrides={"agent": {"tools": [tool]}}).agent.tools[0].name == "jdk"
    with pytest.raises(SettingsError, match=re.escape(named)):
        load(environment={}, overrides={"agent": {"tools": [{**tool, **change}]}})
    with pytest.raises(SettingsError, match=re.escape("agent.tools: at most 32 are possible")):
        load(environment={}, overrides={"agent": {"tools": [tool] * 33}})
