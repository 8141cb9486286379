"""The entry point of the program."""

import gc
import os
import sys

# One thread of the linear algebra library is faster than two for every size that a scenario has, and two add up in
# another order: a recording would have other bits wherever somebody has set their number. The libraries read these
# when NumPy is imported.
THREAD_SETTINGS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
# New objects until Python looks for cycles among them. Modules that are imported make many and no garbage: looking
# after every 700 takes a tenth of the time until the first figures stand, and the first look alone 20 ms.
MOST_OBJECTS = 200_000


def main() -> int:
    gc.set_threshold(MOST_OBJECTS)
    for name in THREAD_SETTINGS:
        os.environ[name] = "1"
    from nnsim.cli import execute

    try:
        return execute(sys.argv[1:])
    finally:
        gc.freeze()  # the last look of all, when Python ends, frees nothing that its end would not


if __name__ == "__main__":
    sys.exit(main())
