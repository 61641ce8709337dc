from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bottega.scm.urls import GitUrl, UrlPolicy, UrlRefused, check, parse

OPEN = UrlPolicy(file_urls=True, allow_http=True, loopback=True)
# fmt: off
PIECES = st.sampled_from([
    "https://", "HTTP://", "ssh://", "file://", "ext::", "git@", "user:pw@", "host", ".example", ":", "22", "/", "..",
    "//", "a", "b.git", "%2e%2e", "%00", "-x", "[::1]", "127.1", "0x7f.1", "\\", "?", "#", "~", "é", "@", "1.2.3.4",
    "\n", " ",
])
# fmt: on


@given(st.one_of(st.text(), st.lists(PIECES, max_size=8).map("".join)))
@example("https://[::1")
@example("https://host:99999999999999999999/x")
def test_any_text_is_refused_or_gets_a_normal_form_that_stays(text: str) -> None:
    try:
        parsed = parse(text)
    except UrlRefused as refused:
        assert refused.reason
        assert refused.reason.isprintable()
        return
    assert parse(parsed.text) == parsed
    assert not parsed.text.startswith("-")
    assert not parsed.host.startswith("-")
    assert not any(character < " " for character in parsed.text)
    if not parsed.scp and parsed.scheme != "file":
        # Another parser must see the same host.
        assert (urlsplit(parsed.text).hostname or "") == parsed.host


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://Forge.Example.org/grp/app.git/", "https://forge.example.org/grp/app.git"),
        ("HTTPS://forge.example.org:443/app", "https://forge.example.org/app"),
        ("https://forge.example.org:8443/app", "https://forge.example.org:8443/app"),
        ("https://forge.example.org./app", "https://forge.example.org/app"),
        ("https://git@forge.example.org/app", "https://forge.example.org/app"),
        ("https://bücher.example/app", "https://xn--bcher-kva.example/app"),
        ("https://host/a b", "https://host/a%20b"),
        ("ssh://git@host:22/grp/app.git", "ssh://git@host/grp/app.git"),
        ("ssh://git@[2001:DB8::1]:2222/app", "ssh://git@[2001:db8::1]:2222/app"),
        ("git@host:grp/app.git", "git@host:grp/app.git"),
        ("host:app", "host:app"),
        ("/srv/git/./app.git/", "file:///srv/git/app.git"),
        ("file:///srv/git/a%20b", "file:///srv/git/a%20b"),
        ("file://localhost/srv/x", "file:///srv/x"),
    ],
)
def test_urls_have_one_normal_form(written: str, normal: str) -> None:
    assert parse(written).text == normal


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        ("--upload-pack=touch /tmp/x", "begins with '-'"),
        ("-oProxyCommand=x", "begins with '-'"),
        ("ext::sh -c x", "transport helper"),
        ("EXT::sh -c x", "transport helper"),
        ("fd::17", "transport helper"),
        ("https::https://host/x", "transport helper"),
        ("https://host/x\n", "control character"),
        ("https://host/\x00x", "control character"),
        ("https://host/%0ax", "encoded control character"),
        ("https://user:secret@host/x", "credential"),
        ("https://token@host/x", "credential"),
        ("ssh://git:secret@host/x", "credential"),
        ("ssh://-oProxyCommand=x/y", "begins with '-'"),
        ("ssh://git@-oProxyCommand=x/y", "begins with '-'"),
        ("-host:path", "begins with '-'"),
        ("git@-host:path", "begins with '-'"),
        ("git@host:-path", "begins with '-'"),
        ("https://host/a/../b", "'..'"),
        ("https://host/a/%2e%2E/b", "'..'"),
        ("git@host:../x", "'..'"),
        ("/srv/../etc", "'..'"),
        ("file:///srv/%2e%2e/etc", "'..'"),
        ("../relative", "neither"),
        ("https://" + "a" * 2050, "longer"),
        ("git://host/x", "not supported"),
        ("ftp://host/x", "not supported"),
        ("https://host", "no repository"),
        ("https://host/", "no repository"),
        ("https:///x", "no host"),
        ("https://host/x?ref=y", "own field"),
        ("https://host/x#main", "own field"),
        ("https://host:0/x", "port"),
        ("https://host:65536/x", "port"),
        ("https://127.1/x", "number"),
        ("https://2130706433/x", "number"),
        ("https://0x7f000001/x", "number"),
        ("https://host\\@evil/x", "backslash"),
        ("https://a@b@host/x", "more than one '@'"),
        ("file://host/x", "names no host"),
        ("file:///", "no folder"),
        ("file://", "no folder"),
        ("https://ho st/x", "malformed"),
        ("https://[fe80::1%25eth0]/x", "IPv6"),
        ("https://host/%zz", "'%'"),
        (" https://host/x", "white space"),
    ],
)
def test_dangerous_or_ambiguous_urls_are_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused, match=reason) as refused:
        parse(url)
    assert "secret" not in refused.value.reason


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest",
        "https://[fe80::1]/x",
        "https://[::ffff:169.254.169.254]/x",
        "https://[64:ff9b::a9fe:a9fe]/x",
        "https://100.100.100.200/x",
        "https://[fd00:ec2::254]/x",
        "https://0.0.0.0/x",
        "https://224.0.0.1/x",
    ],
)
def test_link_local_and_metadata_addresses_are_refused_whatever_the_policy(url: str) -> None:
    everything = UrlPolicy(loopback=True, private_allowed=("0.0.0.0/0", "::/0", "*"))
    for policy in (OPEN, everything):
        with pytest.raises(UrlRefused):
            check(url, policy)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/x", "https://[::1]/x", "https://localhost/x", "ssh://git@a.localhost/x"]
)
def test_this_machine_is_refused_unless_the_policy_opens_it(url: str) -> None:
    with pytest.raises(UrlRefused, match="this machine itself"):
        check(url, UrlPolicy())
    assert check(url, UrlPolicy(loopback=True))
    assert check(url, UrlPolicy(private_allowed=("127.0.0.0/8", "::1/128")))


def test_the_forge_in_the_own_network_is_allowed_until_the_policy_says_otherwise() -> None:
    strict = UrlPolicy(private_addresses="refuse")
    for url in ("https://10.1.2.3/x", "git@192.168.1.5:x", "https://[fd12::1]/x", "https://100.64.0.1/x"):
        assert check(url, UrlPolicy())
        with pytest.raises(UrlRefused, match="private address"):
            check(url, strict)
    listed = UrlPolicy(private_addresses="refuse", private_allowed=("10.1.0.0/16",))
    assert check("https://10.1.2.3/x", listed)
    with pytest.raises(UrlRefused):
        check("https://10.2.2.3/x", listed)


def test_plain_http_and_file_urls_need_the_policy() -> None:
    for url in ("http://forge.example.org/x", "file:///srv/x", "/srv/x"):
        with pytest.raises(UrlRefused, match="not allowed"):
            check(url, UrlPolicy())
        assert check(url, OPEN)


def test_a_list_of_hosts_shuts_out_all_others() -> None:
    policy = UrlPolicy(allowed_hosts=("*.example.org", "forge"))
    assert check("https://git.Example.org/x", policy)
    assert check("git@forge:x", policy)
    for url in ("https://example.org.evil.net/x", "https://example.org/x", "https://10.0.0.1/x"):
        with pytest.raises(UrlRefused, match="allowed hosts"):
            check(url, policy)


def test_the_servers_own_data_cannot_be_cloned_not_even_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "data/mirrors").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    policy = UrlPolicy(file_urls=True, closed_folders=(str(tmp_path / "data"),))
    for name in ("data", "data/mirrors/x.git", "link/mirrors/x.git"):
        with pytest.raises(UrlRefused, match="own data"):
            check(f"{tmp_path}/{name}", policy)
    assert check(f"{tmp_path}/database.git", policy)


def test_a_policy_survives_json_and_refuses_fields_it_does_not_know() -> None:
    policy = UrlPolicy(allow_http=True, allowed_hosts=("a", "b"))
    assert UrlPolicy.from_dict(policy.to_dict()) == policy
    assert UrlPolicy.from_dict({"allowed_hosts": ["a"]}).allowed_hosts == ("a",)
    with pytest.raises(ValueError, match="unknown URL policy field: colour"):
        UrlPolicy.from_dict({"colour": 1})


def test_mirrors_of_one_repository_differ_by_credential_and_by_agent() -> None:
    url = parse("https://host/x")
    assert url.key() == parse("HTTPS://HOST:443/x/").key()
    assert len({url.key(), url.key("scope"), url.key("scope", b"salt"), parse("https://host/y").key()}) == 4


def test_ipv6_hosts_are_written_in_brackets() -> None:
    assert GitUrl("https", "", "::1", 8443, "/x").authority == "[::1]:8443"
