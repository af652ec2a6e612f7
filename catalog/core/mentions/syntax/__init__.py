"""Python by its syntax tree: constants, lists, loops and calls are followed, nothing is run.

`scopes` says what binds a name, `values` what an expression may be, `calls` which calls and strings
name models. JSON is read in the same way: it is almost Python.
"""
