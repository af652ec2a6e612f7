"""Every INSERT and upsert, one module a subject; history is append-only."""
