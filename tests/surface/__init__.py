"""The whole surface at once: every route of the application's own table, described, fuzzed, compared, limited."""
