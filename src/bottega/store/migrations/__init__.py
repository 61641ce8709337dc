"""Alembic migrations, one file a revision, for SQLite and PostgreSQL alike."""
