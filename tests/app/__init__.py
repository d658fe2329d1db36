"""How a deployment is configured, prepared and started."""
