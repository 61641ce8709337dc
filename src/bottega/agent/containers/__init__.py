"""Container images on an agent's host: which engine there is, and how it is run inside the sandbox of a build."""
