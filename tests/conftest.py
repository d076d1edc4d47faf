"""What all tests share."""

# The notebooks in fixtures/ are broken on purpose; test_regression.py runs them apart.
collect_ignore = ["regression/fixtures"]
