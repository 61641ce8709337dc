"""Request signatures, checked against the documented vectors and the official SDK's own signer."""

from calendar import timegm
from time import strptime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import requests
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.algorithm import SigningAlgorithm
from huaweicloudsdkcore.signer.signer import DerivationAKSKSigner, Signer, SM3Signer
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bottega.iam.errors import Unauthenticated
from bottega.iam.signatures import SignedRequest, canonical_queries, canonical_uri

ACCESS_KEY, SECRET = "AKEXAMPLE", "SKEXAMPLE"
DATE = "20250101T000000Z"
NOW = float(timegm(strptime(DATE, "%Y%m%dT%H%M%SZ")))
FOUND = "eb44da3aee7ba11b09d69f6fafb9ea1dfcb47aee3ea3786b98bf750109c505d3"
RECORDS = "263d10ee361329dcda2e2103df25e39cf96b1de168cd8ce6c2eb20428fd48e5d"

Headers = list[tuple[bytes, bytes]]


def received(
    method: str, target: str, headers: Headers, authorization: str, now: float = NOW
) -> SignedRequest:
    path, _, query = target.partition("?")
    return SignedRequest(
        method=method,
        raw_path=path.encode(),
        raw_query=query.encode(),
        headers=headers,
        authorization=authorization,
        now=now,
    )


def claim(signature: str, *names: str, access_key: str = ACCESS_KEY) -> str:
    return f"SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={';'.join(names)}, Signature={signature}"


PLAIN: Headers = [
    (b"host", b"cloudbuild-ext.example.com"),
    (b"content-type", b"application/json"),
    (b"user-agent", b"ua"),
    (b"x-sdk-date", DATE.encode()),
]
EXECUTE = (
    "POST",
    "/v1/job/execute",
    [*PLAIN, (b"x-project-id", b"p1")],
    claim(FOUND, "content-type", "host", "user-agent", "x-project-id", "x-sdk-date"),
)
EXECUTE_BODY = b'{"job_id": "f5af662119404ad187437cd272b5099b"}'


def test_the_documented_post_is_accepted() -> None:
    signed = received(*EXECUTE)
    assert (signed.access_key, signed.payload_is_signed) == (ACCESS_KEY, True)
    signed.verify(SECRET, EXECUTE_BODY)


def test_the_documented_get_with_a_repeated_key_is_accepted() -> None:
    target = (
        "/v1/record/85caf405-7579-4f98-9920-5216d1148af6/records"
        "?page=0&limit=10&by_group=true&search=a%20b%2F%E4%B8%AD&branches=b&branches=a"
    )
    names = ("content-type", "host", "user-agent", "x-sdk-date")
    received("GET", target, PLAIN, claim(RECORDS, *names)).verify(SECRET, b"")
    with pytest.raises(Unauthenticated):
        received("GET", target + "0", PLAIN, claim(RECORDS, *names)).verify(SECRET, b"")


def test_the_refusal_tells_what_was_signed_over_but_no_secrets() -> None:
    headers = [*PLAIN, (b"x-auth-token", b"very secret")]
    signed = received("GET", "/v1/x", headers, claim("0" * 64, "host", "x-auth-token", "x-sdk-date"))
    with pytest.raises(Unauthenticated) as refusal:
        signed.verify(SECRET, b"")
    assert "GET|/v1/x/||host:cloudbuild-ext.example.com|x-auth-token:***|" in str(refusal.value)
    assert "very secret" not in str(refusal.value)


def changed(headers: Headers, name: bytes, *values: bytes) -> Headers:
    return [pair for pair in headers if pair[0] != name] + [(name, value) for value in values]


@pytest.mark.parametrize(
    ("headers", "names", "message"),
    [
        (changed(PLAIN, b"x-sdk-date"), ["host", "x-sdk-date"], "signed header x-sdk-date is missing"),
        (PLAIN, ["host"], "X-Sdk-Date has to be among"),
        (PLAIN, ["accept", "x-sdk-date"], "signed header accept is missing"),
        (changed(PLAIN, b"x-sdk-date", b"2025-01-01"), ["x-sdk-date"], "yyyymmddThhmmssZ"),
        (changed(PLAIN, b"x-sdk-date", b"20251301T000000Z"), ["x-sdk-date"], "is not a date"),
        (changed(PLAIN, b"x-sdk-date", DATE.encode(), DATE.encode()), ["x-sdk-date"], "given once"),
        (changed(PLAIN, b"x-sdk-date", b"20250101T001501Z"), ["x-sdk-date"], "more than 15 minutes"),
        (changed(PLAIN, b"x-sdk-date", b"20241231T234459Z"), ["x-sdk-date"], "more than 15 minutes"),
        ([*PLAIN, (b"x-security-token", b"t")], ["x-sdk-date"], "temporary access keys"),
        (PLAIN, ["x-sdk-date", *["host"] * 100], "more than 100"),
    ],
)
def test_an_incomplete_or_untimely_claim_is_refused(headers: Headers, names: list[str], message: str) -> None:
    with pytest.raises(Unauthenticated, match=message):
        received("GET", "/", headers, claim("0" * 64, *names))


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (
            "V11-HMAC-SHA256 Credential=AK/20250101/r/s, SignedHeaders=a, Signature=0",
            "V11-HMAC-SHA256 is not",
        ),
        ("SDK-HMAC-SM3 Access=AK, SignedHeaders=a, Signature=0", "SDK-HMAC-SM3 is not supported"),
        ("Basic YTpi", "Basic is not supported"),
        ("<script>", "given is not supported"),
        ("SDK-HMAC-SHA256", "malformed"),
        (claim("0" * 63, "x-sdk-date"), "malformed"),
        (claim("A" * 64, "x-sdk-date"), "malformed"),
        (claim("0" * 64, "x-sdk-date", access_key="a b"), "malformed"),
        (claim("0" * 64), "malformed"),
    ],
)
def test_other_algorithms_and_malformed_claims_are_refused(authorization: str, message: str) -> None:
    with pytest.raises(Unauthenticated, match=message):
        received("GET", "/", PLAIN, authorization)


@pytest.mark.parametrize("signer", [SM3Signer, DerivationAKSKSigner])
def test_the_sdks_other_signers_are_refused_by_name(signer: type[Signer]) -> None:
    request = sdk_request("GET", "/v1/x", [], {"X-Sdk-Date": DATE}, b"")
    more = ("service", "region") if signer is DerivationAKSKSigner else ()
    signer(SimpleNamespace(ak=ACCESS_KEY, sk=SECRET)).sign(request, *more)
    with pytest.raises(Unauthenticated, match="is not supported; use SDK-HMAC-SHA256"):
        received("GET", "/v1/x", wire_headers(request), request.header_params["Authorization"])


def test_leaving_the_payload_out_needs_its_header_and_the_content_type_to_be_signed() -> None:
    upload = changed(PLAIN, b"content-type", b"multipart/form-data; boundary=x")
    unsigned = [*upload, (b"x-sdk-content-sha256", b"UNSIGNED-PAYLOAD")]
    names = ["content-type", "x-sdk-content-sha256", "x-sdk-date"]
    assert not received("POST", "/", unsigned, claim("0" * 64, *names)).payload_is_signed
    for missing in names[:2]:
        with pytest.raises(Unauthenticated, match="to be signed"):
            received("POST", "/", unsigned, claim("0" * 64, *(name for name in names if name != missing)))
    for kind in [
        b"application/json",
        b"Application/JSON; charset=utf-8",
        b"application/bson",
        b"a/b+json",
        b"",
    ]:
        with pytest.raises(Unauthenticated, match="for uploads"):
            received("POST", "/", changed(unsigned, b"content-type", kind), claim("0" * 64, *names))


def test_a_told_body_hash_has_to_be_the_bodys() -> None:
    headers = [*PLAIN, (b"x-sdk-content-sha256", b"0" * 64)]
    with pytest.raises(Unauthenticated, match="not the SHA-256 of the body"):
        received("POST", "/", headers, claim("0" * 64, "x-sdk-date")).verify(SECRET, b"body")


def test_paths_and_queries_are_encoded_again_from_their_bytes() -> None:
    assert canonical_uri(b"/a%2fb%20c/~%C3%A9+") == "/a/b%20c/~%C3%A9%2B/"
    assert canonical_uri(b"/%FF/") == "/%FF/"
    assert canonical_uri(b"") == "/"
    assert canonical_queries(b"b=1&a&&a=%41+x&c==") == ("a=&a=A%20x&b=1&c=%3D", "b=1&a=&a=A%20x&c=%3D")


# What can go into requests: path parameters are quoted by the SDK, header values have no control characters.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
segments = st.lists(texts.filter(lambda text: text not in {".", ".."}), max_size=4)
values = st.one_of(
    texts,
    st.integers(),
    st.booleans(),
    st.lists(texts, min_size=1, max_size=3),
    st.lists(st.integers(), min_size=1),
)
queries = st.dictionaries(texts, values, max_size=4)
names = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_-]{0,10}\Z").filter(
    lambda name: (
        name.lower() not in {"host", "content-type", "authorization", "x-sdk-date", "x-security-token"}
    )
)
headers = st.dictionaries(names, texts, max_size=4).filter(
    lambda given: len({name.lower() for name in given}) == len(given)
)
content_types = st.sampled_from(["application/json", "application/json;charset=UTF-8", "text/plain", None])


def sdk_request(method: str, path: str, query: Any, headers: dict[str, str], body: bytes) -> SdkRequest:
    return SdkRequest(
        method=method,
        schema="http",
        host="127.0.0.1:8080",
        resource_path=path,
        uri="",
        query_params=query,
        header_params=dict(headers),
        body=body,
        stream=False,
        signing_algorithm=SigningAlgorithm.get_default(),
    )


def wire_headers(request: SdkRequest) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in request.header_params.items()]


def sent_by_the_sdk(request: SdkRequest) -> tuple[str, str, Headers, str]:
    """What the server gets to see of a request the SDK signs, its URL as the SDK's HTTP library writes it."""
    Signer(SimpleNamespace(ak=ACCESS_KEY, sk=SECRET)).sign(request)
    target = requests.Request(request.method, request.url).prepare().path_url
    return request.method, target, wire_headers(request), request.header_params["Authorization"]


@st.composite
def sdk_requests(draw: st.DrawFn) -> SdkRequest:
    path = "/" + "/".join(quote(part, safe="") for part in draw(segments))
    given = draw(headers) | {"X-Sdk-Date": DATE}
    kind = draw(content_types)
    if kind is not None:
        given["Content-Type"] = kind
    return sdk_request(
        draw(st.sampled_from(["GET", "POST", "PUT", "DELETE"])),
        path,
        list(draw(queries).items()),
        given,
        draw(st.binary(max_size=50)),
    )


@given(sdk_requests())
@settings(max_examples=200, deadline=None)
def test_whatever_the_sdk_signs_is_accepted(request: SdkRequest) -> None:
    body = bytes(request.body)
    signed = received(*sent_by_the_sdk(request))
    signed.verify(SECRET, body if signed.payload_is_signed else None)


@given(sdk_requests(), st.data())
@settings(max_examples=200, deadline=None)
def test_a_request_changed_in_any_signed_part_is_refused(request: SdkRequest, data: st.DataObject) -> None:
    body, kind = bytes(request.body), request.header_params.get("Content-Type", "application/json")
    method, target, sent, authorization = sent_by_the_sdk(request)
    secret = SECRET
    part = data.draw(
        st.sampled_from(["method", "path", "query", "header", "body", "signature", "secret", "names"])
    )
    if part == "method":
        method = "PATCH"
    elif part == "path":
        path, mark, query = target.partition("?")
        target = path + data.draw(st.sampled_from(["x", "/x", "//", "%20"])) + mark + query
    elif part == "query":
        target += ("&" if "?" in target else "?") + "added=1"
    elif part == "header":
        signed_names = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
        name = data.draw(st.sampled_from(signed_names)).encode()
        sent = [(each, value + b"x" if each == name else value) for each, value in sent]
    elif part == "body":
        assume(kind.startswith("application/json"))
        index = data.draw(st.integers(0, len(body)))
        body = body[:index] + b"!" + body[index:]
    elif part == "signature":
        digit = authorization[-1]
        authorization = authorization[:-1] + data.draw(
            st.sampled_from([d for d in "0123456789abcdef" if d != digit])
        )
    elif part == "names":
        authorization = authorization.replace("SignedHeaders=", "SignedHeaders=x-added;")
        sent = [*sent, (b"x-added", b"1")]
    else:
        secret += "x"
    with pytest.raises(Unauthenticated):
        received(method, target, sent, authorization).verify(secret, body)


@given(st.binary(max_size=200))
def test_no_authorization_header_crashes_the_check(value: bytes) -> None:
    with pytest.raises(Unauthenticated):
        received("GET", "/", PLAIN, "SDK-HMAC-SHA256 " + value.decode("latin-1")).verify(SECRET, b"")
