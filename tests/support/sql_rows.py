"""An SQLAlchemy connection for tests that look at rows themselves."""

from contextlib import contextmanager

from catalog.sql import engines


@contextmanager
def connected(url):
    """Connect to a database as it is, whatever its schema."""
    with engines.opened(url) as reader:
        yield reader.connection
