"""Notebooks as files: reading, running and rendering them."""
