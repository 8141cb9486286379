"""Where examples come from, and how they are dealt out in batches."""
