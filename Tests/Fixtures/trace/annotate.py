"""Makes a known set of NVTX calls through the nvtx package: annotate.py THREADS ROUNDS."""

import sys
import threading

import nvtx

threads, rounds = int(sys.argv[1]), int(sys.argv[2])


@nvtx.annotate("decorated", color="green", domain="python", category="kernels")
def decorated():
    with nvtx.annotate("inner", domain="python", payload=7):
        pass


def work():
    for i in range(rounds):
        with nvtx.annotate(f"outer {i % 7}"):
            decorated()
            nvtx.push_range("pushed", domain="python", payload=0.5)
            nvtx.mark("mark", domain="python")
            nvtx.pop_range(domain="python")
        nvtx.end_range(nvtx.start_range("request", payload=-i))


workers = [threading.Thread(target=work) for _ in range(threads)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
