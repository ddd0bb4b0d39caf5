"""Checks what profile.sh measured of one model, and prints its row: profile.py FOLDER NAME COUNT COUNT.

Reads FOLDER/NAME.json and .tacho (with device activity), NAME-without.json, and the traces NAME-trace-COUNT.tacho.
"""

import json
import sqlite3
import sys

folder, name = sys.argv[1], sys.argv[2]
short, long = int(sys.argv[3]), int(sys.argv[4])
failed = False

# Layers of ONNX Runtime's CUDA provider that run without a kernel or a copy: their output is their input, or is computed on the host.
WITHOUT_WORK = {
    "Reshape": "its output is its input",
    "Flatten": "its output is its input",
    "Squeeze": "its output is its input",
    "Unsqueeze": "its output is its input",
    "Identity": "its output is its input",
    "Dropout": "its output is its input when not training",
    "Shape": "reads the shape on the host",
    "Size": "reads the shape on the host",
}


def check(words, holds, found):
    global failed
    print(f"{'ok   ' if holds else 'WRONG'} {name}: {words}: {found}")
    failed = failed or not holds


def document(path):
    with open(f"{folder}/{path}") as file:
        return json.load(file)


def sql(path, query):
    return sqlite3.connect(f"{folder}/{path}").execute(query).fetchone()[0]


NAMED = """(SELECT slice.*, label.kind, label.depth, name.text AS name FROM slice
    JOIN label ON label.id = slice.label JOIN name ON name.id = label.name)"""

profile, without = document(f"{name}.json"), document(f"{name}-without.json")
report = f"{name}.tacho"
for (text,) in sqlite3.connect(f"{folder}/{report}").execute("SELECT text FROM warning"):
    print(f"note  {name}: {text}")
if "device" not in profile:
    check("device activity", False, "none was recorded")
    sys.exit(1)

layers, device, queries = profile["layers"], profile["device"], profile["queries"]
outside = device["outside_layers"]


def calls(owner, kinds=("kernels",)):
    return sum(work["calls"] for kind in kinds for work in owner[kind])


# Every launch has its kernel and every kernel its launch.
kernels = sql(report, f"SELECT count(*) FROM {NAMED} WHERE kind = 'kernel'")
lost = sql(report, f"SELECT count(*) FROM {NAMED} WHERE depth = 0 AND name LIKE '%LaunchKernel%' AND correlation IS NULL")
check("kernels in the report", kernels > 0, kernels)
check("launches without a kernel", lost == 0, lost)
check("kernels and copies without a call", device["unlinked"] == 0, device["unlinked"])
check("losses", sql(report, "SELECT count(*) FROM data_loss") == 0, sql(report, "SELECT count(*) FROM data_loss"))

# As many a query as a trace of the same finds.
inside = sum(calls(layer) for layer in layers)
a_query = (inside + calls(outside)) / queries
counts = [sql(f"{name}-trace-{count}.tacho", f"SELECT count(*) FROM {NAMED} WHERE kind = 'kernel'") for count in (short, long)]
traced = (counts[1] - counts[0]) / (long - short)
check("kernels a query, profile against trace", a_query == traced, f"{a_query:g} and {traced:g}")
elsewhere = kernels - inside - calls(outside)
check("kernels outside of profiled queries", elsewhere <= a_query,
      f"{elsewhere} (of the query that runs when recording is turned on)")

# Every layer on the GPU did something there, or there is a reason.
on_device = [layer for layer in layers if "CUDA" in layer.get("provider", "") and layer["calls"] > 0]
idle = [layer for layer in on_device if calls(layer, ("kernels", "copies")) == 0]
for layer in idle:
    reason = WITHOUT_WORK.get(layer["type"])
    check(f"layer {layer['name']} ({layer['type']}) without work on the device", reason is not None, reason or "no reason known")
check("layers on CUDA", len(on_device) > 0, f"{len(on_device)} of {len(layers)}, {len(on_device) - len(idle)} with work on the device")
on_host = [layer["name"] for layer in layers if "CPU" in layer.get("provider", "") and layer["kernels"]]
check("layers on the CPU with kernels", not on_host, on_host or "none")

# Times fit in one another.
whole = sum(layer["device_time_ns"]["total"] for layer in layers) + outside["device_time_ns"]["total"]
check("layers and the rest add up to the device's time", whole == device["time_ns"]["total"], f"{whole} ns")
check("the device is busy for no longer than its work takes, one after the other", device["busy_ns"]["total"] <= device["time_ns"]["total"],
      f"{device['busy_ns']['mean'] / 1e3:.1f} of {device['time_ns']['mean'] / 1e3:.1f} us")
latency = profile["latency_ns"]["profiled"]["mean"]["value"]
check("busy within the latency", device["busy_ns"]["mean"] <= latency, f"{device['busy_ns']['mean'] / 1e3:.1f} of {latency / 1e3:.1f} us")

# The clean pass is not recorded.
last = sql(report, "SELECT max(start_ns + host_latency_ns) FROM query")
first = sql(report, "SELECT min(start_ns) FROM slice")
check("first event after the last clean query", first > last, f"{(first - last) / 1e6:.1f} ms")


def median(of, part):
    return of["latency_ns"][part]["median"]["value"] / 1e3


print(f"\n{'model':14} {'clean us':>9} {'without':>9} {'profiled':>9} {'without':>9} {'device us':>10} {'busy us':>9} {'kernels':>8} "
      f"{'layers':>7} {'outside %':>9} {'MB':>7} {'B/event':>8}")
events, size = sql(report, "SELECT count(*) FROM slice"), sql(report, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
print(f"{name:14} {median(profile, 'clean'):9.1f} {median(without, 'clean'):9.1f} {median(profile, 'profiled'):9.1f} "
      f"{median(without, 'profiled'):9.1f} {device['time_ns']['mean'] / 1e3:10.1f} {device['busy_ns']['mean'] / 1e3:9.1f} {a_query:8g} "
      f"{len(on_device):7} {outside['device_percentage']:9.1f} {size / 1e6:7.1f} {size / max(1, events):8.1f}\n")
sys.exit(1 if failed else 0)
