"""One verb a job: each takes an open catalog and values, and returns values; none prints."""
