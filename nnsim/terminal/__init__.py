"""What the engine knows of terminals: what one can do, which keys there are, what the themes are called."""
