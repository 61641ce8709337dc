"""Logs of builds as people ask for them: whole, by stage, by step, packed."""
