"""One story told by real programs: a document service, an agent, and a walk through what they do."""
