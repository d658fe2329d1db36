"""The service's side: whose token a request brings, and whether that may be done."""
