"""PyTorch loops to trace: trace.py MODE ITERATIONS, with MODE eager, graph, threads or profiler.

Prints one line of JSON: the mode, microseconds an iteration (`us`: the mean; of eager `median_us` too, as the host saw it),
and how many kernels the program itself launched (where that can be counted).
"""

import ctypes
import json
import statistics
import sys
import threading
import time

import torch

mode, iterations = sys.argv[1], int(sys.argv[2])
layers = torch.nn.Sequential(*[torch.nn.Conv2d(16, 16, 3, padding=1) for _ in range(20)]).cuda().eval()
images = torch.randn(1, 16, 32, 32, device="cuda")


def loop(step, count, spans=None):
    torch.cuda.synchronize()
    start = before = time.perf_counter()
    for _ in range(count):
        torch.cuda.nvtx.range_push("iteration")
        step()
        torch.cuda.nvtx.range_pop()
        if spans is not None:
            now = time.perf_counter()
            spans.append((now - before) * 1e6)
            before = now
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / count * 1e6


with torch.no_grad():
    for _ in range(20):
        layers(images)
    torch.cuda.synchronize()
    result = {"mode": mode, "iterations": iterations}
    if mode == "eager":
        spans = []
        result["us"] = loop(lambda: layers(images), iterations, spans)
        result["median_us"] = statistics.median(spans)
    elif mode == "graph":
        stream = torch.cuda.Stream()
        with torch.cuda.stream(stream):
            layers(images)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            layers(images)
        result["us"] = loop(graph.replay, iterations)
        result["graph_launches"] = iterations
    elif mode == "threads":
        def work():
            with torch.no_grad(), torch.cuda.stream(torch.cuda.Stream()):
                loop(lambda: layers(images), iterations // 4)
        start = time.perf_counter()
        workers = [threading.Thread(target=work) for _ in range(4)]
        [w.start() for w in workers]
        [w.join() for w in workers]
        result["us"] = (time.perf_counter() - start) / iterations * 1e6
    elif mode == "profiler":
        torch.cuda.cudart().cudaProfilerStart()
        # Sleeping kernels of a known number: each is one launch.
        for _ in range(iterations):
            torch.cuda._sleep(1000)
        torch.cuda.synchronize()
        torch.cuda.cudart().cudaProfilerStop()
        for _ in range(iterations):
            torch.cuda._sleep(1000)
        torch.cuda.synchronize()
        result["kernels"] = iterations
        result["us"] = 0
print(json.dumps(result))
