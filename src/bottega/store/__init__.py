"""Where things are kept: database sessions, migrations, the object store, sealed secrets."""
