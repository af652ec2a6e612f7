"""What a study's source says: the models and revisions that its code, settings and prose name.

`reading.read` takes a source's text and its kind. Nothing here opens a file, resolves a name or
runs what it reads.
"""
