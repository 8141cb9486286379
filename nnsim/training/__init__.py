"""The engine: the trainer, its tape and state, why it stops, inference, and populations of seeds."""
