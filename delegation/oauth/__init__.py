"""The authorization server: client authentication, token exchange, introspection, revocation, metadata."""
