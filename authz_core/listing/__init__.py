"""Everything a subject reaches, everyone who reaches an object: complete, or cut with a cursor."""
