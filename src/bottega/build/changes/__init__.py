"""What a build task's configuration was before: one revision for each save."""
