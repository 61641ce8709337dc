"""Following issues from scan to scan: pure functions from what was known and what was found to what is now."""
