"""For translators and maintainers: the catalogue, and the notebooks that are made with it."""
