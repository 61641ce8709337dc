"""The agent: takes runs, starts a runner for each attempt and keeps builds apart from the host."""
