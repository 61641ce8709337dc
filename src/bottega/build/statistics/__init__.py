"""Statistics of builds: how many went well, how long they took, and of which repositories and branches."""
