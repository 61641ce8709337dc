"""Times that come again: cron expressions, and when they are due next."""
