"""The issuer as one client may ask it: where its endpoints are, how the client proves itself, and the way there."""
