"""Pages for people, on top of the services that the API uses too. What they show was written by strangers."""
