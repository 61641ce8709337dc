"""Proofs of where artifacts come from, and the key to check them with."""

from litestar import Response, get
from litestar.di import NamedDependency

from bottega.artifacts.api.arguments import FileId, check_id
from bottega.artifacts.dsse import Envelope
from bottega.artifacts.provenance import Provenance
from bottega.artifacts.signing import SigningKeys
from bottega.http.operation import op
from bottega.iam.principal import Principal

PEM = "application/x-pem-file"


@get("/v1/artifacts/files/{file_id:str}/provenance", **op("show_provenance", "Show the proof of a file"))
def show_provenance(
    principal: NamedDependency[Principal], provenance: NamedDependency[Provenance], file_id: FileId
) -> Envelope:
    return provenance.of(principal, check_id(file_id, "file_id"))


@get(
    "/v1/artifacts/signing-key",
    **op("show_signing_key", "Show the public key proofs are signed with", public=True, media_type=PEM),
)
def show_signing_key(signing_keys: NamedDependency[SigningKeys]) -> Response[str]:
    return Response(signing_keys.public_pem(), media_type=PEM)
