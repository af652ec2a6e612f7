"""Weight files: found, understood and digested without running anything they hold.

`files.find` finds them, `headers` says which weight sets they form and what tensors those hold,
`hashing.hash_files` digests them in one read. No torch, no database, no network; nothing is
decided about what is right.
"""
