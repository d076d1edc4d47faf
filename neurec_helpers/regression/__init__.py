"""Notebooks as regression tests: run each one again and compare what it prints and draws."""
