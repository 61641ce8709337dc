"""The sizes of single files of a task, and the code that is in several places."""
