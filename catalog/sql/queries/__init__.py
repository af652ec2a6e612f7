"""Every SELECT that answers a question, one module a subject; frozen values out."""
