"""Attestations: what a verification found, as an in-toto statement that others can check.

Values and their canonical forms only. `statements` says what is stated, `envelopes` how it is
signed and kept, `matching` how its digests compare with what is there now. Keys are in
`catalog.keys`.
"""
