"""What the stages of lessons cost: processor time, bytes and frames a second, beside a plain Textual app.

A terminal for each scenario turns the pages of its lesson, and plays each stage at 10 epochs a second, training
included. Several run side by side, and so does the plain app: what is told is the ratio.
"""
