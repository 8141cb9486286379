"""A class let in: sessions of nnsim over SSH and in a browser, each in a process of its own, and nothing else."""
