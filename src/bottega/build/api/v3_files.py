"""Downloading a file by its name alone, v3."""

from litestar import Response, get
from litestar.di import NamedDependency

from bottega.build.api.families import v3
from bottega.build.api.v2_files import DomainId, FileName
from bottega.build.files.service import FileService
from bottega.http.downloads import OCTETS, attachment
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get("/v3/keystore", **op("download_keystore", "Download a file by its name (v3)", media_type=OCTETS))
def download_keystore(
    principal: NamedDependency[Principal],
    files: NamedDependency[FileService],
    file_name: FileName,
    domain_id: DomainId,
) -> Response[bytes]:
    return attachment(*files.download(principal, tenant_id=domain_id, name=file_name))


ROUTER = v3([download_keystore])
