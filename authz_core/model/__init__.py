"""The frozen meaning of a policy: types, relations, rewrites and roles, and what they come down to."""
