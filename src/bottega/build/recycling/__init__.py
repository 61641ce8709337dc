"""The recycle bin: deleted build tasks are kept for some days, and then purged with all that belongs to them."""
