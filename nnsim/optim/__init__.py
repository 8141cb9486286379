"""How parameters change: optimizers, learning-rate schedules, and solvers that use no gradient."""
