"""What all operations share: authentication, error bodies, request ids, the op() helper."""
