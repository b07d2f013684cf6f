"""Frozen values and the tables of states: what a job, a card, a printer and a verdict are. Knows nothing else."""
