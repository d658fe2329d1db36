"""Role-based access on a tree of resources, in the terms of the model."""
