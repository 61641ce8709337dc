"""The database's schema."""

from bottega.cli.admin.opened import Config, DataDir


def migrate(*, data_dir: DataDir = None, config: Config = None) -> None:
    """Bring the database to the schema of this version, before the server is started, and print the revisions.

    A server does this by itself for SQLite. Make a backup first: there is no way back.
    """
    from bottega.app import open_database
    from bottega.cli.options import fail, settings_from
    from bottega.failures import failure
    from bottega.migrate import present, upgrade

    settings = settings_from(data_dir, config)
    if not settings.database.url and not settings.data.is_dir():
        fail(f"{settings.data} is not the data folder of a server, and database.url names no database")
    try:
        database = open_database(settings)
        try:
            done = upgrade(database)
            for revision in done:
                print(f"migrated to {revision}")
            if not done:
                print(f"nothing to do: the database is at {present(database)}")
        finally:
            database.close()
    except Exception as error:
        fail(failure(error, settings))
