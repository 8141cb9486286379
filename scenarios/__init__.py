"""The scenarios that come with nnsim: TOML files and the small data files that they name."""
