"""What can be computed about a run beside training it: its landscape, the exact answer, the gap to another."""
