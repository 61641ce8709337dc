"""Scanning a folder: a program that runs in the sandbox, on a server's agent and on a laptop alike."""
