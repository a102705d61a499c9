"""The line on reconciliation: how fast the lines of a settlement are read and booked, each against a payment of its own.

Called by run.py. The function is given its `Bench`.
"""

import json
import shutil
import subprocess

from measure import median, spread


def reconciliation(bench):
    lines = 5_000 if bench.o.quick else 20_000
    for engine in ("sqlite", "postgres") if bench.o.postgres else ("sqlite",):
        rounds = []
        for _ in range(bench.rounds):
            folder = bench.fresh("reconciliation")
            database = bench.database("reconciliation") if engine == "postgres" else None
            command = [bench.program("reconciliation_bench"), database or folder, "--lines", str(lines)]
            rounds.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
            if database:
                bench.drop(database)
            shutil.rmtree(folder)
        rates = [one["lines_per_second"] for one in rounds]
        bench.row(f"Lines of a settlement matched and booked/s, {engine}",
                  f"**{median(rates):,.0f}/s** (rounds {spread(rates)}), {median([one['cpu_us_per_line'] for one in rounds]):.0f} µs CPU each, "
                  f"{median([one['peak_rss_mib'] for one in rounds]):.0f} MiB at most", "≥ 5,000/s (SQLite)", f"reconciliation_bench DIR --lines {lines}")
