"""Pictures that say how a task's newest build went."""
