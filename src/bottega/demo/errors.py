"""What ends the demonstration early."""


class DemoError(Exception):
    """The demonstration cannot go on; the message is one line for the person who started it."""
