"""Lessons: the answers to their questions, how far a learner has got, the grading of what is handed in."""
