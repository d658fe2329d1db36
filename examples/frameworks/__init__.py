"""One story told in several frameworks: an agent gets, for each call of a tool, a token for exactly that call."""
