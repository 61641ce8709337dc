"""Builds that are started by pushes: webhooks of forges, and looking at repositories where none reaches us."""
