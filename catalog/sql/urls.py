"""Addresses of databases, as text: nothing is opened, and nothing outside Python is imported."""

import re

from catalog.errors import BadInput


def default_url() -> str:
    """Return the SQLite URL in the platform's user-data folder."""
    from platformdirs import user_data_path  # noqa: PLC0415 - costs 10 ms, needed by default only

    return f"sqlite:///{user_data_path('checkpoint-catalog') / 'catalog.db'}"


def normalise_url(address: str) -> str:
    """Return an SQLAlchemy URL; a bare path is an SQLite file, `postgresql:` means psycopg 3.

    Raises:
        BadInput: it begins with `~`, and no such home is known.
    """
    if "://" not in address:
        from pathlib import Path  # noqa: PLC0415 - as in default_url

        try:
            return f"sqlite:///{Path(address).expanduser()}"
        except RuntimeError as error:  # no such user, or no home
            raise BadInput(f"{address}: no such home folder", "write the whole path") from error
    for scheme in ("postgresql://", "postgres://"):
        if address.startswith(scheme):
            return "postgresql+psycopg://" + address.removeprefix(scheme)
    return address


def file_of(url: str) -> str | None:
    """Return the path of an SQLite file; None for a database in memory and for any other."""
    scheme, _, rest = url.partition("://")
    path, _, options = rest[1:].partition("?")
    if "uri=true" in options.split("&"):
        path = path.removeprefix("file:")
    in_file = scheme.partition("+")[0] == "sqlite" and rest.startswith("/")
    return path if in_file and path not in ("", ":memory:") else None


def is_plain_file(url: str) -> bool:
    """Return whether a URL names an SQLite file and asks for nothing else: no driver, no option."""
    return url.startswith("sqlite:///") and "?" not in url and file_of(url) is not None


def shown(url: str) -> str:
    """Return the URL as messages show it: an SQLite file as its path, never a password."""
    return file_of(url) or re.sub(r"(?<=://)([^:/@]*):[^@]*@", r"\1:***@", url)


def is_sqlite(url: str) -> bool:
    """Return whether a URL names an SQLite database, by whatever driver."""
    return url.partition("://")[0].partition("+")[0] == "sqlite"
