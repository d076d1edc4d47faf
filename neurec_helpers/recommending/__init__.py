"""Scores, lists, and how good lists are."""
