"""Every write, and what it reads first, one module a subject; looks and verifications are added."""
