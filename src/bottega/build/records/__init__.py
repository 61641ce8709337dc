"""What build records tell beyond one record: of several tasks, of a project, of a window of time."""
