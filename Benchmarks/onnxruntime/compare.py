"""Prints tacho's median latency beside that of the onnxruntime package's own loop; see README.md."""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SIDES = ("tacho", "python")

# Two-sided 95 % quantiles of Student's t distribution for 1 to 30 degrees of freedom.
T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="pairs of runs a model, 2 to 31 (default 6)")
    parser.add_argument("--duration", type=float, default=3, help="seconds a run (default 3)")
    parser.add_argument("--threads", type=int, default=1, help="threads of the engine (default 1)")
    parser.add_argument("--model", action="append", help="a name below .tacho/models or a path; may repeat "
                        "(default: squeezenet, resnet50 and a model of one node)")  # fmt: skip
    parser.add_argument("--tacho", default=str(ROOT / ".build/release/tacho"), help="the program to compare")
    result = parser.parse_args()
    if not 2 <= result.rounds <= len(T_95) + 1:
        parser.error(f"--rounds must be 2 to {len(T_95) + 1}")
    return result


def write_one_node_model(path):
    """A Relu on [1, 8]: its run costs next to nothing, so what is timed is the call."""
    value = lambda name: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 8])
    node = onnx.helper.make_node("Relu", ["x"], ["y"], name="relu")
    graph = onnx.helper.make_graph([node], "one_node", [value("x")], [value("y")])
    opset = onnx.helper.make_opsetid("", 13)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8), path)


def output_of(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nfailed with status {done.returncode}:\n{done.stderr}")
    return done.stdout


def median_ns(side, model, options):
    """The median latency of one fresh process."""
    if side == "python":
        loop = [sys.executable, str(HERE / "python_loop.py"), model, str(options.threads), str(options.duration)]
        return float(json.loads(output_of(loop))["median_ns"])
    duration = f"{round(options.duration * 1000)}ms"
    command = [options.tacho, "run", model, "--threads", str(options.threads), "--duration", duration]
    report = json.loads(output_of([*command, "--json", "-", "--no-report", "--quiet"]))
    return float(report["latency_ns"]["median"]["value"])


def measure(models, options):
    """Medians by model and side, one a round. Every other round starts with the other side, so that a
    machine that slows down steadily favours neither (ABBA)."""
    medians = {name: {side: [] for side in SIDES} for name in models}
    for number in range(options.rounds):
        for name, path in models.items():
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                if sys.stderr.isatty():
                    print(f"\r\033[Kround {number + 1} of {options.rounds}: {name}, {side}", end="", file=sys.stderr)
                medians[name][side].append(median_ns(side, path, options))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return medians


def ratio(pairs):
    """Geometric mean of tacho / Python over the rounds, its 95 % t interval, and the extremes."""
    logs = [math.log(ours / theirs) for ours, theirs in pairs]
    mean = statistics.fmean(logs)
    half = T_95[len(logs) - 2] * statistics.stdev(logs) / math.sqrt(len(logs))
    return [math.exp(x) for x in (mean, mean - half, mean + half, min(logs), max(logs))]


def duration_text(ns):
    return f"{ns / 1e6:.3f} ms" if ns >= 1e6 else f"{ns / 1e3:.3f} us"


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def print_table(medians, options):
    print(f"{options.rounds} rounds of {options.duration:g} s a side, a fresh process each, "
          f"{options.threads} thread(s), order alternating")  # fmt: skip
    print(f"{output_of([options.tacho, '--version']).strip()} | onnxruntime {onnxruntime.__version__}, "
          f"onnx {onnx.__version__}, numpy {numpy.__version__}, Python {platform.python_version()}")  # fmt: skip
    print(f"{processor()}, {os.cpu_count()} logical processors, Linux {platform.release()}\n")
    print(f"{'':<12} {'tacho':>11} {'Python':>11}   ratio tacho / Python")
    print(f"{'model':<12} {'median':>11} {'median':>11}   {'mean':<6} {'95 % interval':<15} {'range of rounds'}")
    for name, sides in medians.items():
        mean, low, high, least, most = ratio(list(zip(sides["tacho"], sides["python"])))
        ours, theirs = (duration_text(statistics.median(sides[side])) for side in SIDES)
        print(f"{name:<12} {ours:>11} {theirs:>11}   {mean:.3f}  {low:.3f} - {high:.3f}   {least:.3f} - {most:.3f}")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        models = {}
        for name in options.model or ["squeezenet", "resnet50"]:
            known = ROOT / ".tacho/models" / f"{name}.onnx"
            path = known if known.exists() else Path(name)
            models[path.stem] = str(path)
        if not options.model:
            models["one_node"] = str(Path(folder) / "one_node.onnx")
            write_one_node_model(models["one_node"])
        print_table(measure(models, options), options)


if __name__ == "__main__":
    main()
