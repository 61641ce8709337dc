"""Dependency caches: what build tools have downloaded, kept for the next build."""
