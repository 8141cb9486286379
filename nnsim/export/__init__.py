"""Exports: what a recording holds, written for other programs, one module a format."""

from nnsim.export.selection import Chosen, choose

__all__ = ["Chosen", "choose"]
