"""What commands found as reports for machines: cases of every command, and their many forms.

`made` turns what the commands find into the cases of `catalog.core.cases`; `junit`, `sarif`,
`github` and `summary` turn those into files. Nothing here writes or prints one.
"""
