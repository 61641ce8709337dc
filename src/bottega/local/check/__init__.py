"""``bottega check``: scanning a folder of this machine, without a server."""
