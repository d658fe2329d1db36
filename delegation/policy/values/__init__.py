"""Values in files: YAML and JSON, read strictly, every value with its place."""
