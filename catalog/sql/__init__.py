"""The database: the only ring that imports SQLAlchemy and Alembic.

`queries` reads for answers and hands out the core's values; `records` writes, and reads what a
write needs. Neither opens a database: `database` does.
"""
