"""Laws of the semantics, proved on a model of it: for every tree, every role, every chain and every moment."""
