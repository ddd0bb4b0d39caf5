#!/usr/bin/env python3
"""What tracing costs PyTorch loops, beside Nsight Systems, in one run.

    Benchmarks/gpu/cost.py TACHO [--rounds 5] [--iterations 2000] [--mode eager|graph|threads ...]

Runs each loop of trace.py alone, under tacho and under nsys (where that is on the PATH), in a new order each round, and prints
for each the microseconds an iteration (of eager the median iteration, else the mean of all), what that is more than alone in
the same round, each as the median of the rounds with the least and the greatest, and the recording's size. Needs nothing but
TACHO (a binary with libtacho_inject.so beside it), a python3 with PyTorch, and an NVIDIA GPU.
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LOOP = Path(__file__).resolve().with_name("trace.py")


def variants(tacho, folder):
    """What each way to run a program puts in front of it, and the file that it leaves."""
    report, other = f"{folder}/report.tacho", f"{folder}/nsys"
    trace = [tacho, "trace", "-q", "--overwrite", "-o", report]
    nsys = ["nsys", "profile", "-s", "none", "--cpuctxsw", "none", "-f", "true", "-t", "cuda,nvtx", "-o", other]
    found = {
        "alone": ([], None),
        "tacho nvtx,cuda": ([*trace, "--trace", "nvtx,cuda", "--"], report),
        "tacho, all it has": ([*trace, "--"], report),
        "tacho, all APIs": ([*trace, "--trace", "nvtx,cuda", "--cuda-trace-all-apis", "--"], report),
    }
    if shutil.which("nsys"):
        found["nsys nvtx,cuda"] = (nsys, other + ".nsys-rep")
        found["nsys, GPU metrics"] = ([*nsys, "--gpu-metrics-devices=0"], other + ".nsys-rep")
    return found


def events(report):
    """Slices and marks, and sampled values."""
    with sqlite3.connect(report) as database:
        tables = ("slice", "mark", "counter_sample")
        return [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


def run(prefix, mode, iterations):
    """Microseconds an iteration; None where the program or its tracer failed."""
    done = subprocess.run(
        [*prefix, sys.executable, str(LOOP), mode, str(iterations)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        print(f"failed: {' '.join(prefix[:2])}: {done.stderr.strip()[-300:]}", flush=True)
        return None
    result = json.loads(lines[-1])
    return result.get("median_us", result["us"])


def spread(values):
    return f"{statistics.median(values):6.0f} ({min(values):.0f} to {max(values):.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("tacho")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--mode", action="append", choices=["eager", "graph", "threads"])
    options = parser.parse_args()
    tacho = os.path.realpath(options.tacho)
    print(f"{'loop':8} {'how':18} {'us an iteration':>24} {'more than alone':>24} {'MB':>8} {'events':>9} {'B/event':>8}")
    for mode in options.mode or ["eager", "graph", "threads"]:
        with tempfile.TemporaryDirectory() as folder:
            ways = variants(tacho, folder)
            taken = {name: [] for name in ways}
            sizes = {}
            for _ in range(options.rounds):
                for name, (prefix, file) in random.sample(list(ways.items()), len(ways)):
                    taken[name].append(run(prefix, mode, options.iterations))
                    if file and os.path.exists(file):
                        sizes[name] = [os.path.getsize(file), *(events(file) if file.endswith(".tacho") else [])]
            for name, times in taken.items():
                both = [(time, alone) for time, alone in zip(times, taken["alone"]) if time and alone]
                if not both:
                    continue
                size, *counts = sizes.get(name, [0])
                more = spread([time - alone for time, alone in both]) if name != "alone" else ""
                each = f"{size / (counts[0] + counts[1]):8.1f}" if counts and not counts[2] else ""
                print(
                    f"{mode:8} {name:18} {spread([time for time, _ in both]):>24} {more:>24} "
                    f"{size / 1e6 if size else 0:8.1f} {sum(counts) if counts else 0:9} {each}", flush=True)


if __name__ == "__main__":
    main()
