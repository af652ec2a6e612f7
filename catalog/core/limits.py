"""What the database can hold."""

LARGEST = 2**63 - 1
"""The largest integer."""
