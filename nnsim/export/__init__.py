"""Exports: what a recording holds, written for other programs, one module a format."""
