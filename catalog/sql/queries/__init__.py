"""Every SELECT, one module a subject; frozen values out, never rows."""
