"""Ratings and books: loading, reading files, splitting, counting."""
