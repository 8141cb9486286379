"""Kills a Dask worker in the midst of a sweep, with SIGKILL, and compares the table with that of one process.

python benchmarks/dask_kills.py [TRIALS]      needs the extra nnsim[dask]; about ten seconds a trial
"""

import os
import signal
import subprocess
import sys
import time

SWEEP = (
    *(
        "-m",
        "nnsim",
        "sweep",
        "xor",
        "--over",
        "schedule.rate=0.1:10:log:48",
        "--set",
        'initializer={kind="normal"}',
    ),
    *("--over", "initializer.deviation=0.1:10:log:64", "--epochs", "1500", "--no-marks", "--json"),
)
FIRST_S = 4.0  # until a kill: the client has to connect


def main(trials: int) -> int:
    from distributed import LocalCluster

    command = [sys.executable, *SWEEP]
    wanted = subprocess.run([*command, "--workers", "1"], capture_output=True, text=True, check=True).stdout
    same = kills = 0
    for trial in range(trials):
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
            address = cluster.scheduler_address
            running = subprocess.Popen(
                [*command, "--dask", address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            time.sleep(FIRST_S + trial % 4 * 0.7)
            if running.poll() is None:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
                kills += 1
            found, said = running.communicate()
            same += found == wanted
            if found != wanted:
                print(f"trial {trial + 1}: exit status {running.returncode}: {said.strip()[-400:]}", flush=True)
    print(f"{trials} sweeps on two Dask workers, one of which was killed in {kills}: the same table in {same}")
    return 0 if same == trials else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
