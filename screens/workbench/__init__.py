"""The workbench: one session on the screen, and what its keys do."""
