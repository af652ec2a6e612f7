"""The command line: parse, call one function, render one value, choose one exit code."""
