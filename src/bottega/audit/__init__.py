"""Who did what to which thing, when and from where."""
