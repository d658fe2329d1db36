"""What the client library costs those who import it: a token that is held, a request that is let in, a list."""
