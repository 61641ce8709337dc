"""Git, for the control plane and for the runner; no other package knows git."""
