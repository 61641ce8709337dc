"""Telling forges how the builds of their commits go."""
