"""The command line: one module a command family; parse, call, print. Nothing else in the package prints or exits."""
