"""Joins the parts: the only place that chooses a database, a clock and a source of chance."""
