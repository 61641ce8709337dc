"""What most likely made a build fail: rules on what its failed steps printed last."""
