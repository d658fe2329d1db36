"""Models as graphs, in Graphviz's language and as pictures."""
