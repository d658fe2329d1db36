"""The whole service over HTTP: real sockets, a real database, a clock that tests move."""
