"""Who signs attestations, and who checks them: `pem` by keys, `keyless` by identities.

Each is the only module that knows its library, and each library is an extra. What is signed is made
in `catalog.core.attestations`.
"""
