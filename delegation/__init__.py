"""The agent-scoped delegation token service around the `authz_core` engine."""
