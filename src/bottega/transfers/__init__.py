"""Large things between the holder of a lease and the object store: uploads, and what becomes of their objects."""
