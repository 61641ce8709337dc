"""Who is told what about which build task, and by which channel (reference, sections 2.13 and 7.2)."""
