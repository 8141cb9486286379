"""Tables of the user's own: their text, their cells, what becomes of each column, and what is said of it."""
