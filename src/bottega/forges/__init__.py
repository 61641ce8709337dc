"""Forges: whose repositories are whose, and telling them something until they have heard it."""
