"""Build tasks, their records, and everything around them."""
