"""Findings in the formats of other tools and for people."""
