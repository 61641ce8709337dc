"""The tools of an agent's host: which there are, which versions, and what an ``image`` asks for."""
