"""Bottega: a self-hosted build and code-check server that speaks the CodeArts Build and Check API."""

__version__ = "0.1.0"
