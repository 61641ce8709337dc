"""One file per figure; each has ``measure``."""
