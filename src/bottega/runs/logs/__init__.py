"""Logs of runs: an append-only file while a run is live, seekable zstd frames in the object store afterwards."""
