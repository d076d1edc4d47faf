"""Training on more ratings than a notebook holds: streamed from disk, on one process or several.

`launching` starts `worker` processes; these train one of `networks` on what `preparing` has made
of the source, read by `streaming`, for one of `goals`. A run lives in a folder: see `run_folder`.
`retrieving` makes lists from one that has ended: see `finished`.
"""
