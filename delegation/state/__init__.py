"""Pictures of the database in memory, one per partition, each at one revision."""
