"""Templates: steps and parameters that build tasks are made from, those of a tenant and those that come along."""
