"""The release repository: what builds have uploaded, by package and version, with proofs of where it comes from."""
