"""Sizes that follow from figures: the arithmetic, the simulation, and the page that quotes both."""
