"""Check tasks: what is checked, how, and when."""
