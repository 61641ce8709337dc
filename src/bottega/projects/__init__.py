"""CodeArts projects: what build and check tasks belong to, as the ProjectMan v4 API shows them."""
