"""The demonstration behind ``bottega demo``: a whole server, a sample repository, and one build watched live."""
