"""The rules of all engines together."""
