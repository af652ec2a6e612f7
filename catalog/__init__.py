"""The metadata catalog and checkpoint registry for language-model suites.

Layers, each importing only to the right::

    faces         verbs                     edges                       core
    cli/       →  populate verify load   →  tables queries records   →  errors refs tokens names
                  evals                     database (SQL)              digests fingerprints
                                            hub (huggingface_hub)       scores suites
                                            weights (files)             architectures
                                            forward (torch)

Importing this package imports nothing else.
"""

__version__ = "0.1.0"
