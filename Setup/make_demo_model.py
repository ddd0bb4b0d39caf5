"""Makes a demo model: a classic network with seeded random weights.

    make_demo_model.py NAME OUT

The `onnx` wheel carries nine classic networks whose weights were replaced by ConstantOfShape nodes to keep
them small. Measured as they are, they mislead: an engine folds the constants, and every channel computes the
same number. So each weight becomes an initializer with random values of a scale that keeps activations alive
through the depth of the network (He et al., "Delving Deep into Rectifiers", 2015, equation 10).

The same name gives the same bytes: the values come from a seeded bit generator and a uniform distribution,
so no platform's `log` or `exp` takes part.
"""

import math
import os
import sys
import zlib
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper

# From IR version 4 on an initializer need not be a graph input, so an engine may treat it as a constant.
IR_VERSION = 8

CATALOGUE = Path(__file__).with_name("demo-models.txt")


def source_path(name):
    """The wheel's file for a demo model, or None."""
    for line in CATALOGUE.read_text().splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0] == name:
            return Path(onnx.__file__).parent / "backend/test/data/light" / fields[1]
    return None


class Network:
    """The graph with lookups from a tensor to who makes it and who reads it."""

    def __init__(self, graph):
        self.graph = graph
        self.initializers = {tensor.name: tensor for tensor in graph.initializer}
        self.producers = {name: node for node in graph.node for name in node.output}
        self.consumers = {}
        for node in graph.node:
            for index, name in enumerate(node.input):
                self.consumers.setdefault(name, []).append((node, index))

    def shape(self, name):
        """The shape of a weight, given as an initializer or made by a ConstantOfShape node."""
        if name in self.initializers:
            return tuple(self.initializers[name].dims)
        return tuple(int(n) for n in numpy_helper.to_array(self.initializers[self.producers[name].input[0]]))

    def weights(self):
        """Names of all weights that are read: float initializers and outputs of ConstantOfShape nodes."""
        made = [node.output[0] for node in self.graph.node if node.op_type == "ConstantOfShape"]
        given = [t.name for t in self.graph.initializer if t.data_type == onnx.TensorProto.FLOAT]
        return [name for name in given + made if name in self.consumers]

    def role(self, name):
        """What a weight is used for: (node, input index). Unsqueeze and Reshape only change its shape."""
        node, index = self.consumers[name][0]
        while node.op_type in ("Unsqueeze", "Reshape") and index == 0:
            node, index = self.consumers[node.output[0]][0]
        return node, index

    def classifier(self):
        """The weighted node whose output, through shape changes and pooling only, is the network's result."""
        node = self.producers[self.graph.output[0].name]
        while node.op_type not in ("Conv", "Gemm"):
            node = self.producers[node.input[0]]
        return node


def fan_in(node, shape):
    """How many products add up to one output value. A Gemm's weight may be held transposed."""
    if node.op_type == "Gemm":
        transposed = any(a.name == "transB" and a.i == 1 for a in node.attribute)
        return shape[1] if transposed else shape[0]
    return math.prod(shape[1:])


def bounds(node, index, shape):
    """The range of the uniform distribution for a weight in this role."""
    if (node.op_type, index) in (("Conv", 1), ("Gemm", 1)):
        limit = math.sqrt(3) * math.sqrt(2 / fan_in(node, shape))  # standard deviation: limit / sqrt(3)
        return -limit, limit
    if (node.op_type, index) in (("BatchNormalization", 1), ("BatchNormalization", 4)) or node.op_type == "Mul":
        return 0.5, 1.5
    if node.op_type in ("Conv", "Gemm", "BatchNormalization", "Add"):
        return -0.05, 0.05
    raise SystemExit(f"no rule for a weight at input {index} of a {node.op_type} node")


def with_random_weights(model, seed):
    """A copy of the model with initializers in place of its constants."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    result.ir_version = max(result.ir_version, IR_VERSION)
    graph = result.graph
    network = Network(graph)
    random = numpy.random.Generator(numpy.random.PCG64(seed))
    filled = []
    for name in network.weights():
        node, index = network.role(name)
        held = network.shape(name)
        # A reshaped weight's fan-in is that of the shape in which it is used; the catalogue's only case
        # is [1000, 1024, 1, 1] becoming [1000, 1024], which a transposed Gemm reads the same way.
        low, high = bounds(node, index, held)
        values = random.random(math.prod(held), dtype=numpy.float32)
        values *= numpy.float32(high - low)
        values += numpy.float32(low)
        filled.append(numpy_helper.from_array(values.reshape(held), name))

    filled_names = {tensor.name for tensor in filled}
    nodes = [node for node in graph.node if node.op_type != "ConstantOfShape"]
    read = {name for node in nodes for name in node.input}
    kept = [t for t in graph.initializer if t.name in read and t.name not in filled_names]
    initializers = filled + kept
    names = {tensor.name for tensor in initializers} | set(network.initializers)
    inputs = [value for value in graph.input if value.name not in names]
    for field, items in (("node", nodes), ("initializer", initializers), ("input", inputs)):
        graph.ClearField(field)
        getattr(graph, field).extend(items)
    note = result.metadata_props.add()
    note.key, note.value = "weights", "random, seeded: for measuring speed, not for predictions"
    return result


def run(model, output, seeds):
    """One output of the model for random inputs in [-1, 1), one result a seed."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # starts faster
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    results = []
    for seed in seeds:
        random = numpy.random.Generator(numpy.random.PCG64(seed))
        feeds = {i.name: random.random(i.shape, dtype=numpy.float32) * 2 - 1 for i in session.get_inputs()}
        results.append(session.run([output], feeds)[0])
    return results


def calibrate(model):
    """Scales the classifier so that its outputs have a standard deviation near one, as trained ones do.

    Residual sums let activations grow with depth; without this the softmax would be a single one among zeros.
    The factor is a power of two, so that the last bits of a platform's arithmetic do not reach the file.
    """
    network = Network(model.graph)
    logits = network.classifier().output[0]
    weights = {name for name in network.weights() if network.role(name)[0].output[0] == logits}

    model.graph.output.add().CopyFrom(onnx.helper.make_tensor_value_info(logits, onnx.TensorProto.FLOAT, None))
    spread = float(run(model, logits, seeds=[1])[0].std())
    del model.graph.output[-1]
    if not (math.isfinite(spread) and spread > 0):
        raise SystemExit(f"the network's result has a standard deviation of {spread}: it cannot be used")
    factor = numpy.float32(2.0 ** -round(math.log2(spread)))
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * factor, tensor.name))


def check(model):
    """Refuses a model whose result is not finite, is dominated by one value, or ignores its input."""
    first, second = run(model, model.graph.output[0].name, seeds=[2, 3])
    if not (numpy.isfinite(first).all() and numpy.isfinite(second).all()):
        raise SystemExit("the network's result is not finite")
    if numpy.unique(first).size < first.size // 2 or numpy.array_equal(first, second):
        raise SystemExit("the network's result does not depend on its input")
    if first.min() >= 0 and first.max() > 0.5:
        raise SystemExit("the network's softmax is degenerate")


def write(model, path):
    """Writes the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(model.SerializeToString(deterministic=True))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: make_demo_model.py NAME OUT")
    name, out = sys.argv[1], Path(sys.argv[2])
    source = source_path(name)
    if source is None:
        raise SystemExit(f"no demo model is called '{name}': see {CATALOGUE}")
    model = with_random_weights(onnx.load(source), seed=zlib.crc32(name.encode()))
    calibrate(model)
    check(model)
    write(model, out)


if __name__ == "__main__":
    main()
