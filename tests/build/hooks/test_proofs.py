"""Only who knows the secret of a hook is believed."""

import base64
import hmac
from hashlib import sha256

import pytest

from bottega.build.hooks.proofs import ALIKE_SECONDS, KEY_LENGTH, MAX_SKEW_SECONDS, Forge, check, new_secret
from tests.build.hooks import forges

BODY = b'{"ref": "refs/heads/master"}'
NOW = 1_777_977_000.0


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def signed(secret: str, body: bytes, at: int = int(NOW), identity: str = "one") -> dict[str, str]:
    """As GitLab signs: by the rules of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{identity}.{at}.".encode() + body, sha256)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(at),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        "x-gitlab-event": "Push Hook",
    }


@pytest.mark.parametrize(
    ("sender", "forge"),
    [
        (forges.github, Forge.GITHUB),
        (forges.gitlab, Forge.GITLAB),
        (forges.gitea, Forge.GITEA),
        (forges.gogs, Forge.GOGS),
        (forges.codearts, Forge.CODEARTS),
        (signed, Forge.GITLAB),
    ],
)
def test_each_forge_proves_the_secret_in_its_own_way(sender, forge) -> None:
    secret = new_secret()
    proof = check(lowered(sender(secret, BODY)), BODY, secret, NOW)
    assert proof is not None
    assert proof.forge is forge
    assert proof.key
    assert check(lowered(sender(new_secret(), BODY)), BODY, secret, NOW) is None


@pytest.mark.parametrize("sender", [forges.github, forges.gitea, forges.gogs, signed])
def test_a_signature_is_worth_nothing_with_another_body(sender) -> None:
    secret = new_secret()
    assert check(lowered(sender(secret, BODY)), BODY + b" ", secret, NOW) is None


def test_a_secret_that_people_chose_signs_as_it_is() -> None:
    secret = "correct horse battery staple"
    assert check(lowered(forges.github(secret, BODY)), BODY, secret, NOW)
    assert check(lowered(forges.gitlab(secret, BODY)), BODY, secret, NOW)


def test_a_signature_with_a_time_is_worth_something_for_five_minutes() -> None:
    secret, limit = new_secret(), MAX_SKEW_SECONDS
    for age, right in ((limit, True), (limit + 1, False), (-limit, True), (-limit - 1, False)):
        assert (check(signed(secret, BODY, int(NOW) - age), BODY, secret, NOW) is not None) is right


def test_one_of_several_signatures_is_enough_as_while_a_key_is_changed() -> None:
    secret = new_secret()
    headers = signed(secret, BODY)
    headers["webhook-signature"] = f"v1,AAAA v1a,x {headers['webhook-signature']}"
    assert check(headers, BODY, secret, NOW)


def test_a_token_that_is_not_ours_does_no_harm_beside_a_signature_with_a_time() -> None:
    secret = new_secret()
    assert check({**signed(secret, BODY), "x-gitlab-token": "another"}, BODY, secret, NOW)


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "9" * 400, "١٢٣", "1e9"])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    secret = new_secret()
    assert check({**signed(secret, BODY), "webhook-timestamp": stamp}, BODY, secret, NOW) is None


def test_no_proof_is_rescued_by_another() -> None:
    secret = new_secret()
    right, wrong = lowered(forges.gitea(secret, BODY)), lowered(forges.gitea(new_secret(), BODY))
    for name in ("x-gitea-signature", "x-gogs-signature", "x-hub-signature-256"):
        assert check({**right, name: wrong[name]}, BODY, secret, NOW) is None
    token = lowered(forges.gitlab(secret, BODY))
    assert check({**token, **signed(new_secret(), BODY)}, BODY, secret, NOW) is None
    assert check({**token, "x-repo-token": "another"}, BODY, secret, NOW) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature": "sha1=0"},
        {"x-gitlab-token": ""},
        {"x-gitea-signature": "\xff" * 64},
        {"webhook-signature": "v1,"},
        {"authorization": "secret"},
    ],
)
def test_headers_that_prove_nothing_are_refused(headers: dict[str, str]) -> None:
    assert check(headers, BODY, new_secret(), NOW) is None


def test_a_delivery_is_known_by_its_id_and_without_one_by_what_it_says() -> None:
    secret = new_secret()
    one, two = lowered(forges.gitlab(secret, BODY)), lowered(forges.gitlab(secret, BODY))
    assert key(one, BODY, secret) == one["idempotency-key"] != key(two, BODY, secret)
    bare = lowered(forges.codearts(secret, BODY))
    assert key(bare, BODY, secret) == key(bare, BODY, secret) != key(bare, BODY + b" ", secret)
    later = check(bare, BODY, secret, NOW + 2 * ALIKE_SECONDS)
    assert later is not None
    assert later.key != key(bare, BODY, secret)


@pytest.mark.parametrize("strange", ["x" * (KEY_LENGTH + 1), "a\tb", "é"])
def test_an_id_that_cannot_be_kept_is_as_good_as_none(strange: str) -> None:
    secret = new_secret()
    headers = {**lowered(forges.github(secret, BODY)), "x-github-delivery": strange}
    assert key(headers, BODY, secret).startswith("sha256:")


def key(headers: dict[str, str], body: bytes, secret: str) -> str:
    proof = check(headers, body, secret, NOW)
    assert proof is not None
    return proof.key
