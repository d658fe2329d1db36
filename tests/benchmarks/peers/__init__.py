"""Servers of others: what is asked of them means what it should, and one that is missing is named."""
