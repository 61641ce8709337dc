"""What CodeArts Build tells an account about itself, answered for a server of one's own: no charges, no packages."""
