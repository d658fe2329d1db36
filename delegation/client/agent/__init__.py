"""The agent's side: tokens that let it do one thing, in one place, for one user."""
