"""The rules and the values: the standard library only, no clock, no input but packaged data."""
