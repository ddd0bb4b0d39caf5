"""Prints what a report's counters were in each phase of metrics.py, and checks them: metrics_table.py REPORT HERTZ."""

import sqlite3
import sys

database = sqlite3.connect(sys.argv[1])
hertz = float(sys.argv[2])
phases = database.execute(
    "SELECT name.text, start_ns, start_ns + duration_ns FROM slice JOIN label ON label.id = slice.label "
    "JOIN name ON name.id = label.name WHERE label.kind = 'nvtxPushPop' AND name.text IN "
    "('idle', 'matmul', 'copy', 'convolutions', 'idle again') ORDER BY start_ns").fetchall()
counters = database.execute(
    "SELECT id, name, unit FROM counter WHERE device IS NOT NULL OR name LIKE 'tacho.%' ORDER BY id").fetchall()
means = {}
samples = {}
for counter, name, unit in counters:
    rows = database.execute(
        "SELECT time_ns, value FROM counter_sample WHERE counter = ? ORDER BY id", (counter,)).fetchall()
    for phase, start, end in phases:
        # The first and last 100 ms are left out: NVML's own figures lag behind.
        start, end = start + 100_000_000, end - 100_000_000
        total = weight = count = 0
        for (time, value), (following, _) in zip(rows, rows[1:]):
            low, high = max(time, start), min(following, end)
            if value is not None and high > low:
                total += value * (high - low)
                weight += high - low
            count += start <= time < end
        means[name, phase] = total / weight if weight else None
        samples[name, phase] = count / ((end - start) / 1e9)

print(f"\n{sys.argv[1].split('/')[-1]}: means by phase")
print(f"{'counter':<22} {'unit':<8}" + "".join(f"{phase:>16}" for phase, _, _ in phases) + f"{'changes/s matmul':>18}")
for _, name, unit in counters:
    values = [means[name, phase] for phase, _, _ in phases]
    print(f"{name:<22} {unit:<8}" + "".join(f"{'-' if v is None else format(v, '16.4g'):>16}" for v in values)
          + f"{samples.get((name, 'matmul'), 0):>18.0f}")

failed = 0


def check(words, holds, found):
    global failed
    failed |= not holds
    print(f"{'ok   ' if holds else 'WRONG'} {words}: {found}")


def mean(name, phase):
    return means.get((name, phase)) or 0


names = {name for _, name, _ in counters}
check("NVML: the SM clock is between 0.1 and 4 GHz", 1e8 < mean("clock.sm", "matmul") < 4e9, mean("clock.sm", "matmul"))
check("NVML: matmul draws more power than idling", mean("power", "matmul") > mean("power", "idle") + 20,
      (mean("power", "idle"), mean("power", "matmul")))
if "sm.active" in names:
    check("SM active under matmul above 80 %", mean("sm.active", "matmul") > 80, mean("sm.active", "matmul"))
    check("SM active when idle below 2 %", mean("sm.active", "idle") < 2, mean("sm.active", "idle"))
    # Equal neighbours are one row, and an SM is busy all the time under a matmul: what changes most tells the rate.
    changes = max((samples[name, "matmul"], name) for name in names if (name, "matmul") in samples)
    check("some quantity changes at more than half the rate asked for", changes[0] > 0.5 * hertz, changes)
    if "tensor.active" in names:
        check("tensor pipe above 40 % under matmul", mean("tensor.active", "matmul") > 40, mean("tensor.active", "matmul"))
    if "pcie.in" in names:
        check("PCIe in: gigabytes a second while copying, little when idle",
              mean("pcie.in", "copy") > 3e9 > 10 * mean("pcie.in", "idle"), (mean("pcie.in", "idle"), mean("pcie.in", "copy")))
    if "dram.write" in names:
        # What is copied to the device is written to its memory: 50 GB/s are 1.5 % of 3.35 TB/s.
        check("DRAM is written to while copying: more than 0.5 %", mean("dram.write", "copy") > 0.5, mean("dram.write", "copy"))
        check("DRAM is read under matmul: more than 5 %", mean("dram.read", "matmul") > 5, mean("dram.read", "matmul"))
    # How well the clocks agree: the first kernel of the matmul phase against the first busy sample.
    start = next(start for phase, start, _ in phases if phase == "matmul")
    kernel = database.execute(
        "SELECT min(start_ns) FROM slice JOIN label ON label.id = slice.label WHERE kind = 'kernel' AND start_ns > ?",
        (start,)).fetchone()[0]
    busy = database.execute(
        "SELECT min(time_ns) FROM counter_sample JOIN counter ON counter.id = counter WHERE name = 'sm.active' AND value > 5 "
        "AND time_ns > ?", (start - 1_000_000_000 // 2,)).fetchone()[0]
    if kernel and busy:
        # Instants are late by the least latency of a reading, never early by more than a sample: docs/trace.md.
        check("first busy sample begins at most 2 ms behind the first kernel", -2e9 / hertz < busy - kernel < 2_000_000,
              f"{(busy - kernel) / 1e3:.1f} us (a sample lasts {1e6 / hertz:.0f} us)")
else:
    print("the hardware was not sampled: the notes say why")
sys.exit(failed)
