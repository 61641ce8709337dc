"""Files for builds: registered with the execution layer, which knows neither tenants' files nor rights."""

from sqlalchemy.orm import Session

from bottega.build.files.service import FileService
from bottega.errors import BottegaError, NotFound
from bottega.iam.standing import present_principal
from bottega.runs.secret_files import SecretFileProvider, SecretFileRefused
from bottega.runs.tables import Run


def provider(files: FileService) -> SecretFileProvider:
    """Hands out what the user who runs a build may use at that moment; it is noted in the audit trail."""

    def provide(session: Session, run: Run, name: str) -> bytes:
        principal = present_principal(session, run.tenant_id, run.user_id)
        if principal is None:
            raise SecretFileRefused(f"user {run.user_name}, who runs the build, is disabled")
        try:
            return files.hand_out(session, principal, name, run)
        except NotFound:
            raise SecretFileRefused("the file manager has no file of this name") from None
        except BottegaError as error:
            raise SecretFileRefused(str(error)) from None

    return provide
