"""What has started a run: the words that records of builds and of checks have for it (reference, section 4)."""

MANUAL = "MANUAL"
TIMER = "TIMER"
PUSH = "CODE"
