"""Phases for device metrics: metrics.py SECONDS. Each phase is an NVTX range, so that a report says what was sampled in it.

Prints one line of JSON: microseconds an iteration of 20 small convolutions, matrix products a second and their TFLOP/s, bytes a
second copied to the device.
"""

import json
import sys
import time

import torch

seconds = float(sys.argv[1])
size = 8192
a = torch.randn(size, size, device="cuda", dtype=torch.bfloat16)
b = torch.randn(size, size, device="cuda", dtype=torch.bfloat16)
host = torch.empty(64 << 20, dtype=torch.uint8).pin_memory()
device = torch.empty(64 << 20, dtype=torch.uint8, device="cuda")
layers = torch.nn.Sequential(*[torch.nn.Conv2d(16, 16, 3, padding=1) for _ in range(20)]).cuda().eval()
images = torch.randn(1, 16, 32, 32, device="cuda")


def phase(name, step, batch):
    torch.cuda.synchronize()
    torch.cuda.nvtx.range_push(name)
    start = time.perf_counter()
    count = 0
    while time.perf_counter() - start < seconds:
        for _ in range(batch):
            step()
        torch.cuda.synchronize()
        count += batch
    taken = time.perf_counter() - start
    torch.cuda.nvtx.range_pop()
    return count / taken


with torch.no_grad():
    torch.matmul(a, b)
    layers(images)
    torch.cuda.synchronize()
    time.sleep(1)  # samplers start meanwhile
    phase("idle", lambda: time.sleep(0.05), 1)
    products = phase("matmul", lambda: torch.matmul(a, b), 20)
    copies = phase("copy", lambda: device.copy_(host, non_blocking=True), 20)
    steps = phase("convolutions", lambda: layers(images), 50)
    phase("idle again", lambda: time.sleep(0.05), 1)
print(json.dumps({
    "us": 1e6 / steps, "matmul_per_s": products, "tflops": products * 2 * size**3 / 1e12,
    "copied_per_s": copies * host.numel()}))
