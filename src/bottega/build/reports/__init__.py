"""What builds report of their tests and of the code these covered."""
