"""What administrators keep: organizations, people, groups, the model, resources, agents, services, providers."""
