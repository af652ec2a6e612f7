"""Evaluation scores as values: reading documents, naming, settling contradictions, comparing.

No file is opened here, no database asked. `documents` reads a file's bytes, whatever era wrote it;
`places` what name and folder say; `settle` weighs the two; `comparing` puts scores side by side.
"""
