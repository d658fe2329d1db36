"""Tests of the client library, against small real servers that speak the service's protocol."""
