"""The map of a sweep on a screen."""
