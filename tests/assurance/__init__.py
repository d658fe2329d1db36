"""Classes of bug that engines of this kind have had, and proof that our tests would notice each of them."""
