"""Small pictures with one word about something, and the addresses at which everybody sees them."""
