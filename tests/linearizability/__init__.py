"""Revocation is linearizable: a harness that hammers several processes, and a model that searches every history."""
