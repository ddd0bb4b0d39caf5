"""Times a model with the onnxruntime package's own loop, and prints the result as one JSON object.

    python_loop.py MODEL THREADS DURATION_S

Inputs and outputs are bound once, before the timed loop; a query is timed from just before to just after
`run_with_iobinding`, on the monotonic clock.
"""

import gc
import json
import statistics
import sys
import time

import numpy
import onnxruntime

WARM_UP_S = 0.2


def bound_session(path, threads):
    """A session and a binding of random input in [-1, 1) and of an output that is allocated already."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    binding = session.io_binding()
    random = numpy.random.Generator(numpy.random.PCG64(1))
    for value in session.get_inputs():
        data = random.random(value.shape, dtype=numpy.float32) * 2 - 1
        binding.bind_ortvalue_input(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(data))
    for value in session.get_outputs():
        output = onnxruntime.OrtValue.ortvalue_from_shape_and_type(value.shape, numpy.float32)
        binding.bind_ortvalue_output(value.name, output)
    return session, binding


def latencies(session, binding, duration_s):
    """Latencies of one query after the other in nanoseconds, until the duration has passed."""
    run, clock, values = session.run_with_iobinding, time.perf_counter_ns, []
    end = clock() + int(duration_s * 1e9)
    stop = 0
    while stop < end:
        start = clock()
        run(binding)
        stop = clock()
        values.append(stop - start)
    return values


def main():
    model, threads, duration_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    session, binding = bound_session(model, threads)
    gc.disable()  # nobody's inference is what the collector does in between
    latencies(session, binding, WARM_UP_S)
    values = latencies(session, binding, duration_s)
    print(json.dumps({"median_ns": statistics.median(values), "queries": len(values)}))


if __name__ == "__main__":
    main()
