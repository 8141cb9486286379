"""What is wrong with a run, since when, how sure that is, and what to try: by signs, evidence and experiments."""
