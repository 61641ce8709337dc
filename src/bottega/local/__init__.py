"""Builds without a server: a build.yml of a folder on this machine, in the sandbox and with the runner of agents."""
