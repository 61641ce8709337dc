import base64
import json
import shlex
import subprocess
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.agent.runner.masking import Masker
from bottega.agent.runner.secret_forms import forms

SECRET = "p/ä+ss 'w\"ö=rd&<x>$\\y%"
PLAIN = "hunter2hunter2"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nab\nQFAASCBKcwggSjAgEAAoIBAQ==\n-----END KEY-----\n"


def masked(secret: str, text: str) -> str:
    return Masker(forms([secret])).mask(text.encode()).decode()


@pytest.mark.parametrize("secret", [SECRET, PLAIN])
@pytest.mark.parametrize(
    "spell",
    [
        str,
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda s: urllib.parse.quote(s, safe=""),
        lambda s: json.dumps(s)[1:-1],
        lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
        shlex.quote,
        lambda s: "'" + s.replace("'", "'\\''") + "'",
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    ],
)
def test_every_spelling_of_a_secret_is_hidden_whole(secret: str, spell: object) -> None:
    shown = masked(secret, f"token: {spell(secret)}.")  # type: ignore[operator]
    assert shown in ("token: ****.", "token: '****'.")


def test_a_secret_whose_lines_are_too_short_by_themselves_is_hidden_whatever_ends_them() -> None:
    for end in ("\r\n", "\n"):
        assert masked("ab\r\ncd", f"x ab{end}cd y") == "x **** y"


def test_lower_case_hex_of_a_url_is_hidden() -> None:
    assert masked("a/b+c", "x=a%2fb%2bc;") == "x=****;"


def test_what_real_shells_write_is_hidden() -> None:
    script = 'set -x; : "$S"; printf "%q\\n" "$S"; declare -p S'
    for secret in ("it's a secret", "with space", "dollar$sign", 'quo"te', "back\\slash"):
        done = subprocess.run(
            ["bash", "-c", script], env={"S": secret}, capture_output=True, text=True, check=True
        )
        shown = masked(secret, done.stderr + done.stdout)
        assert secret not in shown
        assert shown.count("****") >= 3, shown


@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40),
    st.binary(max_size=5),
    st.binary(max_size=5),
)
def test_base64_of_a_text_around_a_secret_shows_none_of_its_middle(
    secret: str, before: bytes, after: bytes
) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    shown = masked(secret, encoded)
    # What stays is the neighbours' text and at most one group of four characters at each end of the secret.
    rest = shown.replace("****", "")
    assert "****" in shown
    assert len(rest) <= 4 * (len(before) // 3 + len(after) // 3 + 4)


def test_basic_authorization_headers_are_hidden() -> None:
    header = base64.b64encode(b"bob:" + PLAIN.encode()).decode()
    assert "****" in masked(PLAIN, f"Authorization: Basic {header}")


def test_each_line_of_a_key_is_hidden_but_not_two_letters() -> None:
    shown = masked(KEY, "indented:\n  MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\r\n  ab\n")
    assert shown == "indented:\n  ****\r\n  ab\n"
    assert masked(KEY, KEY) == "****"


def test_a_long_secret_through_the_base64_tool_is_hidden_line_by_line() -> None:
    secret = "".join(chr(33 + i % 90) for i in range(500))
    encoded = subprocess.run(["base64"], input=secret, capture_output=True, text=True, check=True).stdout
    shown = masked(secret, encoded)
    assert len(shown.replace("****", "").replace("\n", "")) < 76


@given(st.lists(st.text(max_size=12), max_size=5))
def test_any_text_can_be_a_secret_and_no_short_one_is_hidden(secrets: list[str]) -> None:
    assert all(len(form.decode(errors="replace")) >= 3 for form in forms(secrets))


def test_secrets_below_three_characters_are_left_alone() -> None:
    assert forms(["", "a", "ab", "  ", "\n"]) == set()
