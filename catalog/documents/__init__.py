"""Values as plain data: one function a value, one vocabulary for every face.

What these return is what `--json` prints and docs/reference/json.md documents; CSV, Markdown and
every later face are made of the same. Nothing here opens, judges or prints anything.

One word for one thing: `step` is the published step, `shots` the examples in a prompt,
`params_total` the parameters without buffers, `size_bytes` a size. Where an older key said it
otherwise, the old key stays beside the new one for a version, and the reference marks it.
"""
