"""Base images for builds in an image of one's own, and the Dockerfiles to begin with."""
