"""The lesson's plots, one subject a file."""
