"""The operations of the release repository, and what a build's outputs are."""

from litestar import Router

from bottega.artifacts.api.downloads import check_artifact_file, download_artifact_file
from bottega.artifacts.api.lists import (
    delete_package_version,
    list_artifact_files,
    list_package_versions,
    list_packages,
    show_artifact_file,
)
from bottega.artifacts.api.outputs import show_build_output, show_output_info
from bottega.artifacts.api.proofs import show_provenance, show_signing_key
from bottega.artifacts.api.runners import ROUTER as FOR_RUNNERS
from bottega.build.api.families import v1, v3

PUBLIC = ("GET /v1/artifacts/signing-key",)
"""What strangers may call: a proof is for whoever has the file."""

ROUTES: list[Router] = [
    v1(
        [
            list_packages,
            list_package_versions,
            list_artifact_files,
            show_artifact_file,
            download_artifact_file,
            check_artifact_file,
            show_provenance,
            show_signing_key,
            delete_package_version,
            show_build_output,
        ]
    ),
    v3([show_output_info]),
    FOR_RUNNERS,
]
