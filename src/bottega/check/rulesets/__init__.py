"""Rule sets: which rules are on for a language, how grave they are, and with which thresholds."""
