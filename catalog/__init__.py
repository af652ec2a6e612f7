"""The metadata catalog and checkpoint registry for language-model suites.

The package is made of rings, a folder each; imports go inwards only::

    verbs  →  sql | hub | weights | forward | neox  →  core  →  errors | progress

`verbs` does what a command asks for, one module a job; the rings of the second place each know one
thing outside (the database, the Hub, weight files, the network, training configurations), and not
one another; `core` holds values and rules and needs the standard library only.

Importing this package imports nothing else.
"""

__version__ = "0.1.0"
