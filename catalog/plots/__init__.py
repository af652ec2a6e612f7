"""The ring that draws: pictures of scores and of verdicts, as files or on a terminal.

Each module is handed a value of `catalog.core.pictures`; none reads a database, and nothing else of
the program knows a library of plots. Matplotlib is imported for a file alone; a terminal gets
characters.
"""
