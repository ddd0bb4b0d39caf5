"""Runs comparisons whose truth is known and counts how often the verdict is right.

A/A: the same plan twice; every verdict but "no difference" and "too little data" is a false alarm.
A/B: B with a delay added to every query; only "slower" counts as found.
Both kinds take turns, so that the machine treats them alike. Each result is printed as it comes.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

MOST_ALARMS = 0.05
LEAST_FOUND = 0.90
LONGEST_SECONDS = 20.0
KINDS = ("A/A", "A/B")


def comparison(tacho: str, plan_a: str, plan_b: str, within: str, folder: pathlib.Path) -> dict:
    """One `tacho compare --run` as its JSON, with the seconds that it took."""
    result = folder / "comparison.json"
    start = time.monotonic()
    run = subprocess.run(
        [tacho, "compare", "--run", plan_a, plan_b, "--within", within, "--no-report", "--quiet", "--json", result],
        capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if run.returncode != 0:
        sys.exit(f"tacho compare ended with {run.returncode}:\n{run.stderr}")
    document = json.loads(result.read_text())
    document["seconds"] = seconds
    return document


def line(kind: str, number: int, document: dict) -> str:
    ratio = document["latency_ratio"]
    load = pathlib.Path("/proc/loadavg").read_text().split()[0]
    return (f"{kind} {number:3}  ratio {ratio['value']:.4f}  {ratio.get('low', 0):.4f} to {ratio.get('high', 0):.4f}"
            f"  spread {ratio.get('spread', 0):.4f}  pairs {document['a']['launches']:3}"
            f"  {document['seconds']:5.1f} s  load {load}  {document['verdict']}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tacho", required=True)
    parser.add_argument("--count", type=int, default=100, help="comparisons of each kind")
    parser.add_argument("--plan", default="shufflenet --threads 1 --warm-up 20ms --duration 100ms")
    parser.add_argument("--delay", default="3%", help="what is added to each query of B")
    parser.add_argument("--within", default="12s", help="time for the launches of a comparison")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind (default: both, by turns)")
    arguments = parser.parse_args()
    if arguments.count < 1:
        parser.error("--count must be at least 1")

    delayed = f"{arguments.plan} --added-delay {arguments.delay}"
    plans = {kind: delayed if kind == "A/B" else arguments.plan for kind in arguments.kind or KINDS}
    verdicts: dict[str, list[str]] = {kind: [] for kind in plans}
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, arguments.count + 1):
            for kind, plan in plans.items():
                document = comparison(
                    arguments.tacho, arguments.plan, plan, arguments.within, pathlib.Path(folder))
                verdicts[kind].append(document["verdict"])
                slowest = max(slowest, document["seconds"])
                print(line(kind, number, document), flush=True)

    count = arguments.count
    is_met = slowest <= LONGEST_SECONDS
    print()
    if "A/A" in verdicts:
        alarms = sum(verdict in ("faster", "slower") for verdict in verdicts["A/A"])
        is_met = is_met and alarms <= MOST_ALARMS * count
        print(f"false alarms: {alarms} of {count} (goal: at most {MOST_ALARMS:.0%})")
    if "A/B" in verdicts:
        found = verdicts["A/B"].count("slower")
        is_met = is_met and found >= LEAST_FOUND * count
        print(f"{arguments.delay} slow-downs found: {found} of {count} (goal: at least {LEAST_FOUND:.0%})")
    print(f"slowest comparison: {slowest:.1f} s (goal: {LONGEST_SECONDS:.0f} s)")
    print("goals met" if is_met else "goals missed")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
