"""The database: the only ring that imports SQLAlchemy and Alembic.

`queries` reads for answers and hands out the core's values; `records` writes, and reads what a
write needs. Neither opens a database: `database` does, and hands out a reader or a writer.

A query is said once, in `queries.statements`, and run in one of two ways: an SQLite file is read
by `prompt`, which needs the standard library only; PostgreSQL, and all that happens in a
transaction that writes, goes through SQLAlchemy (`connected`).
"""
