"""nnsim: a flight simulator for training neural networks, in the terminal."""

__version__ = "0.1.0"
