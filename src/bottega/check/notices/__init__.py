"""Who is told how checks ended, and by which channel (reference, sections 2.4 and 6.4)."""
