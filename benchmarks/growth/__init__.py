"""How the cost of a request grows: with chains, trees, groups, organizations and processes."""
