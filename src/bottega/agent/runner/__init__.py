"""The runner: one small process per attempt that owns the attempt's process tree, log and exit status."""
