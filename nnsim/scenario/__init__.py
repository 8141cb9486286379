"""A scenario: the schema of its TOML, its lesson and settings, and the plans of its runs."""
