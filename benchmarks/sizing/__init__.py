"""From measured figures to machines: what a deployment of some size needs, and how it behaves."""
