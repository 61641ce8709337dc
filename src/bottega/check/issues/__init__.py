"""Issues: what findings become when they are followed from scan to scan."""
