"""More asked than can be answered: floods, noisy neighbours, slow and greedy clients, against real servers."""
