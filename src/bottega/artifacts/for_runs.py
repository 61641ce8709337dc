"""Artifacts that a build asks for while it runs."""

import re
from urllib.parse import urlsplit

from bottega.artifacts.service import ArtifactService, File, viewed
from bottega.errors import NotFound
from bottega.iam.standing import present_principal
from bottega.runs.holding import Holding
from bottega.store.database import Database
from bottega.transfers.errors import LeaseRefused
from bottega.transfers.holders import held_run

_PATH = re.compile(r"/v1/artifacts/files/([0-9a-z]{32})(?:/download)?")


class ArtifactsForRuns:
    """Decides by the rights of the user who runs the build."""

    def __init__(self, database: Database, artifacts: ArtifactService) -> None:
        self._database = database
        self.artifacts = artifacts

    def file(self, holding: Holding, url: str) -> File:
        """The file of that address, whatever host it names: clients reach this server under several names.

        Raises :class:`LeaseRefused`, :class:`NotFound`, :class:`Forbidden`.
        """
        with self._database.read() as session:
            run = held_run(session, holding)
            principal = present_principal(session, run.tenant_id, run.user_id)
            if principal is None:
                raise LeaseRefused
            return viewed(session, principal, _file_id(url))


def _file_id(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    found = _PATH.fullmatch(path[path.find("/v1/") :] if "/v1/" in path else path)
    if found is None:
        raise NotFound("artifact", url)
    return found[1]
