"""Fills the report of an empty trace with what an inference server on a GPU would have left: steps, layers, calls, kernels.

    python make_trace.py REPORT EVENTS

The report is made with `tacho trace -o REPORT -- true` first, so its tables are those of this version. Needs numpy.
"""

import sqlite3
import sys

import numpy

LAYERS = ["conv", "relu", "pool", "attention", "softmax", "gemm", "layernorm", "reformat", "add", "concat"]
KERNELS = ["implicit_gemm_f16_128x128", "relu_kernel<half>", "pooling_fw_4d", "fmha_v2_flash", "softmax_warp", "ampere_h16816gemm",
           "layer_norm_vectorized", "genericReformat::copyPackedKernel", "elementwise_add<half>", "cat_batched"]


def enumerate_blocks(starts, ends):
    return ((number, start, end) for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist())))


def main(path, wanted):
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    started = database.execute("SELECT started_ns FROM trace").fetchone()[0]
    for table in ("slice_row", "slice_block", "mark", "label", "name", "track", "thread", "process", "counter", "counter_sample"):
        database.execute(f"DELETE FROM {table}")
    database.execute("INSERT INTO process (id, ordinal, process_id, name, started_ns) VALUES (1, 0, 4711, 'inference-server', ?)", (started,))
    names, labels = {}, []

    def label(track, name, depth, kind, **more):
        number = names.setdefault(name, len(names) + 1)
        labels.append((len(labels) + 1, track, number, depth, kind, more.get("bytes"), more.get("detail")))
        return len(labels)

    random = numpy.random.default_rng(1)
    columns, tracks, marks = [], [], []
    streams = 4
    # Each layer of a step is two ranges, a call and a kernel; each step adds two copies, a wait and a range.
    per_layer, layers = 4, 80
    steps = max(1, wanted // (streams * (layers * per_layer + 7)))
    for stream in range(streams):
        database.execute("INSERT INTO thread (id, process, thread_id, name) VALUES (?, 1, ?, ?)", (stream + 1, 4712 + stream, f"worker {stream}"))
        base = 4 * stream + 1
        tracks += [(base, 1, stream + 1, "nvtx", "", None, None, None), (base + 1, 1, stream + 1, "cudaCall", "CUDA calls", None, None, None),
                   (base + 2, 1, None, "cudaStream", f"device 0, stream {7 + stream}", 0, 1, 7 + stream),
                   (base + 3, 1, stream + 1, "nvtx", "TensorRT", None, None, None)]
        step_label = label(base, "step", 0, "nvtxPushPop")
        layer_labels = numpy.array([label(base, f"layer {i}: {LAYERS[i % len(LAYERS)]}", 1, "nvtxPushPop") for i in range(layers)])
        inner_labels = numpy.array([label(base + 3, f"{LAYERS[i % len(LAYERS)]}_{i // len(LAYERS)}", 0, "nvtxPushPop") for i in range(layers)])
        launch = label(base + 1, "cudaLaunchKernel_v7000", 0, "cudaRuntime")
        copy_call = label(base + 1, "cudaMemcpyAsync_v3020", 0, "cudaRuntime")
        wait = label(base + 1, "cudaStreamSynchronize_v3020", 0, "cudaRuntime")
        kernel_labels = numpy.array([label(base + 2, KERNELS[i % len(KERNELS)], 0, "kernel",
                                           detail='{"grid":[128,1,1],"block":[256,1,1],"registers":64}') for i in range(layers)])
        copy_in = label(base + 2, "host to device", 0, "copy", bytes=602112)
        copy_out = label(base + 2, "device to host", 0, "copy", bytes=4000)
        # Kernels of 1 to 60 us by layer, some spread, every twentieth step slow.
        mean = random.uniform(800, 20000, layers)
        kernels = (mean * random.lognormal(0, 0.15, (steps, layers)) * numpy.where(random.random((steps, 1)) < 0.05, 2.5, 1)).astype(numpy.int64)
        host = random.integers(700, 3500, (steps, layers))
        correlation = (numpy.arange(steps * layers).reshape(steps, layers) * 2 + 1) * streams + stream
        time = 1_000_000 + stream * 37_000
        for step in range(steps):
            begin = time
            copied = time + 2_000
            starts = copied + 3_000 + numpy.concatenate([[0], numpy.cumsum(host[step])[:-1]])
            device = numpy.empty(layers, numpy.int64)
            free = copied + 12_000
            # A kernel starts when it was launched and the one before is done.
            ready = starts + host[step] // 2 + 1_500
            ends = 0
            duration = kernels[step]
            for i in range(layers):
                ends = max(int(ready[i]), free)
                device[i] = ends
                free = ends + int(duration[i]) + 600
            id0 = 10_000_000_000 + (step * streams + stream) * 2
            out = free + 500
            end = out + 6_000
            columns.append(numpy.stack([starts, host[step], layer_labels, -numpy.ones(layers, numpy.int64)], 1))
            columns.append(numpy.stack([starts + 100, host[step] - 200, inner_labels, -numpy.ones(layers, numpy.int64)], 1))
            columns.append(numpy.stack([starts + host[step] // 2 - 200, host[step] // 2 - 100, numpy.full(layers, launch), correlation[step]], 1))
            columns.append(numpy.stack([device, duration, kernel_labels, correlation[step]], 1))
            last = int(starts[-1] + host[step][-1])
            columns.append(numpy.array([[begin, end + 2_000 - begin, step_label, -1], [copied - 1_500, 1_400, copy_call, id0], [copied + 500, 9_000, copy_in, id0],
                                        [last + 200, 1_200, copy_call, id0 + 1], [out, 4_000, copy_out, id0 + 1],
                                        [last + 1_500, max(100, end - last - 1_500), wait, -1]]))
            marks.append((begin, 0))
            time = end + 2_000 + int(random.integers(1_000, 40_000))
    rows = numpy.concatenate(columns)
    rows = rows[numpy.argsort(rows[:, 0], kind="stable")]
    rows[:, 0] += started
    ended = int((rows[:, 0] + rows[:, 1]).max()) + 1_000_000
    mark_label = label(1, "request", 0, "nvtxMark")
    database.executemany("INSERT INTO name (id, text) VALUES (?, ?)", [(number, name) for name, number in names.items()])
    database.executemany("INSERT INTO track VALUES (?, ?, ?, ?, ?, ?, ?, ?)", tracks)
    database.executemany("INSERT INTO label (id, track, name, depth, kind, bytes, detail) VALUES (?, ?, ?, ?, ?, ?, ?)", labels)
    # Rows count from 1 and lie in blocks of 1,024, each with the instant of its first row.
    ids = numpy.arange(1, len(rows) + 1)
    firsts = numpy.maximum(ids >> 10 << 10, 1) - 1
    database.executemany("INSERT INTO slice_row (offset_ns, duration_ns, label, correlation) VALUES (?, ?, ?, ?)",
                         ((a, b, c, None if d < 0 else d) for a, b, c, d in
                          numpy.column_stack([rows[:, 0] - rows[firsts, 0], rows[:, 1:]]).tolist()))
    ends = numpy.maximum.reduceat(rows[:, 0] + rows[:, 1], numpy.unique(firsts))
    database.executemany("INSERT INTO slice_block (id, start_ns, end_ns) VALUES (?, ?, ?)",
                         enumerate_blocks(rows[numpy.unique(firsts), 0], ends))
    database.executemany("INSERT INTO mark (time_ns, label) VALUES (?, ?)", sorted((started + at, mark_label) for at, _ in marks))
    samples = numpy.arange(started, ended, 100_000)
    for number, (name, unit, values) in enumerate([
            ("SM active", "percent", 55 + 40 * numpy.sin(numpy.arange(len(samples)) / 37) * random.random(len(samples))),
            ("power", "watt", 420 + 120 * numpy.sin(numpy.arange(len(samples)) / 9000) + random.normal(0, 8, len(samples)))], 1):
        database.execute("INSERT INTO counter (id, name, unit) VALUES (?, ?, ?)", (number, name, unit))
        database.executemany(f"INSERT INTO counter_sample (time_ns, counter, value) VALUES (?, {number}, ?)", zip(samples.tolist(), values.tolist()))
    database.execute("UPDATE trace SET ended_ns = ?", (ended,))
    database.commit()
    print(f"{len(rows) + len(marks)} events over {(ended - started) / 1e9:.1f} s, {2 * len(samples)} samples")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
