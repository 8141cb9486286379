"""Logs of other programs: readers of their formats, under our names, and recordings of them."""
