"""Pictures of growing cost: their worlds, and that a run of the smallest numbers works."""
