"""What a model and a relationship must be like to mean anything."""
