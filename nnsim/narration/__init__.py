"""Runs in words: the narrator, descriptions of panes and lessons, and the console without a screen."""
