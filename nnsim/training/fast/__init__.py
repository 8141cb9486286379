"""Training by compiled code: kernels written for one network, which numba compiles; see `cohort_source`."""
