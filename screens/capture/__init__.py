"""Pictures of the screen: its cells as SVG and PNG."""
