"""MCP with the SDK's own server and client, over HTTP, beside the service itself."""
