"""Graded work: the hand-out, what a student sends back, and what it earned."""
