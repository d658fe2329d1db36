"""Several processes on one socket, and several hosts on one database: real programs, real sockets, real signals."""
