"""Who is asking: tenants, users, groups of rights, tokens, access keys and request signatures."""
