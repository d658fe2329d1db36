"""The standards, clause by clause, told to a running service over HTTP."""
