"""The policy decision point: what a token or a principal may do, asked by services (AuthZEN 1.0)."""
