"""Decisions as a surface: batches, searches and explanations, asked over HTTP as services ask them."""
