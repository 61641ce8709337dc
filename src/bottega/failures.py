"""What keeps a program from starting or a command from working, in one sentence for who can put it right."""

from bottega.errors import BottegaError
from bottega.settings import Settings, SettingsError


def os_failure(error: OSError) -> str:
    """``/path/to/file: Permission denied``, as far as the error tells."""
    why = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {why}" if error.filename else why


def failure(error: Exception, settings: Settings) -> str:
    """The sentence. An error that is none of the known ones is a defect of ours and is raised again."""
    # Whoever has no database need not import one for this.
    from nats.errors import Error as NatsError  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415

    from bottega.migrate import SchemaError  # noqa: PLC0415
    from bottega.runs.nats_server import NatsServerError  # noqa: PLC0415
    from bottega.store.secrets import SealBroken  # noqa: PLC0415

    match error:
        case BottegaError() | SettingsError() | SchemaError() | NatsServerError() | SealBroken():
            return str(error)
        case SQLAlchemyError():
            said = str(error.orig if isinstance(error, DBAPIError) else error)
            return f"cannot use the database{_place(settings)}: {said.strip().partition(chr(10))[0]}"
        case NatsError():
            return f"cannot use the messaging: {error}"
        case ModuleNotFoundError(name="psycopg"):
            return "database.url names PostgreSQL, whose driver is not installed: it is the extra bottega[postgres]"
        case OSError():
            return os_failure(error)
        case _:
            raise error


def _place(settings: Settings) -> str:
    # Other databases say themselves where they are; their URLs may hold a password.
    url = settings.database_url
    return f" {url.removeprefix('sqlite:///')}" if url.startswith("sqlite:///") else ""
