"""What detect-secrets finds in any text."""

import json
import subprocess
from pathlib import Path

import msgspec

from bottega.check.engines.locating import wheel_program
from tests.check.engines.working import analyse, catalogue, found

# In two parts, so that nobody takes them for something lost.
KEY = "AKIA" + "Q3EGVKF7ZP2XNM4A"
TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
CODE = f"key = '{KEY}'\ntoken = '{TOKEN}'\nname = 'a harmless text'\n"
RULES = {"AWSKeyDetector": {}, "GitHubTokenDetector": {}}


def test_findings_have_their_rule_and_place_and_never_the_secret(tmp_path: Path) -> None:
    analysis = analyse("secrets", tmp_path, {"a b.py": CODE, "-settings": CODE}, rules=RULES)
    expected = {("AWSKeyDetector", 1), ("GitHubTokenDetector", 2)}
    assert found(analysis) == {
        (code, path, line) for code, line in expected for path in ("a b.py", "-settings")
    }
    written = msgspec.json.encode(analysis).decode()
    assert KEY not in written
    assert TOKEN not in written


def test_a_rule_that_is_off_finds_nothing(tmp_path: Path) -> None:
    analysis = analyse("secrets", tmp_path, {"a.py": CODE}, rules={"AWSKeyDetector": {}})
    assert found(analysis) == {("AWSKeyDetector", "a.py", 1)}


def test_the_catalogue_is_what_the_analyser_says_of_itself() -> None:
    rules = catalogue("secrets")
    assert len(rules) > 20
    assert rules["PrivateKeyDetector"].cwe == (798,)


PLANTED = {
    "plain.py": "\n\n" + CODE + "password = 'a-b-c-d-e-9'\nif 'other-1-2-3' == secret_word:\n    pass\n",
    "allowed.py": f"key = '{KEY}'  # pragma: allowlist secret\n# pragma: allowlist nextline secret\nk = '{KEY}'\n",
    "twice.js": f"a('{TOKEN}');\nb('{TOKEN}');\nconst db_pass = \"x-1-y-2-z-3\";\n",
    "settings.ini": "[server]\nuser = anna\npassword = m-9-v-7-q-5\n",
    "deploy.yaml": f"token: {TOKEN}\napi_key: r-4-w-6-t-8\nempty:\n",
    "eager.env": "name = x\npassword = only-by-config-1-2\n",
    "unquoted.go": "secret := k-5-k-6-k-7\npwd := get_password()\n",
    "windows.py": CODE.replace("\n", "\r\n"),
    "key.txt": "-----BEGIN RSA " + "PRIVATE KEY-----\nabc\n",
    "url.sh": "curl https://anna:" + "s3cr3tw0rd@example.org/x  \n",
    "long.ts": "x" * 3000 + f"\nconst t = `{TOKEN}`\npassword_hint(`no`)\n",
    "jwt.rb": 'j = "eyJhbGciOiJIUzI1NiJ9.' + 'eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"\n',
    "kelvin.py": "API_\u212aEY = 'a-6-b-7-c-8'\n\u017fecret = 'd-6-e-7-f-8'\n",
    "nothing.c": "int main(void) { return 0; }\n",
}


def test_it_finds_what_the_analyser_finds_by_its_own_command(tmp_path: Path) -> None:
    rules = {code: {} for code in catalogue("secrets")}
    analysis = analyse("secrets", tmp_path, PLANTED, rules=rules)
    command = [wheel_program("detect-secrets", ""), "scan", "--all-files", "--no-verify", "--", *PLANTED]
    done = subprocess.run(command, cwd=tmp_path / "code", capture_output=True, check=True)
    results = json.loads(done.stdout)["results"]
    expected = {
        (path, f"{item['type']} in the code", item["line_number"])
        for path, items in results.items()
        for item in items
    }
    assert {(one.path, one.message, one.line) for one in analysis.findings} == expected
    assert {path for path, _, _ in expected} == PLANTED.keys() - {"allowed.py", "nothing.c"}
    few = {code: {} for code, facts in catalogue("secrets").items() if facts.level < 4}
    named = analyse("secrets", tmp_path / "few", PLANTED, rules=few)
    assert found(named) == {one for one in found(analysis) if one[0] in few}


def test_files_that_the_analyser_leaves_out_without_a_word_are_looked_at(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "latin.py": f"# caf\xe9\nkey = '{KEY}'\n".encode("latin-1"),
        "wide.py": CODE.encode("utf-16"),
        "page.css": CODE,
        "swagger/client.py": CODE,
    }
    analysis = analyse("secrets", tmp_path, files, rules={"AWSKeyDetector": {}})
    assert found(analysis) == {("AWSKeyDetector", name, 2 if name == "latin.py" else 1) for name in files}
