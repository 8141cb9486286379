"""Sweeps: one scenario trained with every combination of some settings, as few populations, into one table."""
