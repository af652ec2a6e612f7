"""A study on disk: its files found, read as text and dated. Nothing in it is run.

Of a git repository only the files count that git does not ignore, and a file's day is that of the
last commit that touched it. What the files say is read in `catalog.core.mentions`.
"""
