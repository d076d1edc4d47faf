"""The lesson's plots. Each takes ``ax=None``, returns the axes, and can be told in words."""
