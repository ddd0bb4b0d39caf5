"""Makes models of many nodes for the page: deep ones, with work too small to matter.

    make_model.py chain 5000 OUT.onnx        a layer for every node: nothing can be fused or folded
    make_model.py transformer 2000 OUT.onnx  blocks of attention: branches, skips, one mask that all blocks use
"""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save


class Maker:
    def __init__(self):
        self.nodes, self.weights, self.random = [], [], np.random.default_rng(1)

    def node(self, operator, *inputs, **attributes):
        """Adds a node and returns the name of its result."""
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [f"v_{name}"], name=name, **attributes))
        return f"v_{name}"

    def weight(self, *shape):
        name = f"w{len(self.weights)}"
        values = self.random.standard_normal(shape).astype(np.float32) * 0.1
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def save(self, inputs, output, path):
        graph = helper.make_graph(
            self.nodes, "many nodes",
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], self.weights)
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def chain(count, path):
    maker = Maker()
    value = "x"
    for index in range(count):
        value = maker.node(("Sin", "Cos", "Tanh", "Atan", "Softsign")[index % 5], value)
    maker.save({"x": [1, 16]}, value, path)


def transformer(count, path):
    maker = Maker()
    value, mask = "x", maker.node("Neg", "mask")
    while len(maker.nodes) + 20 <= count:
        normal = maker.node("Softsign", maker.node("Tanh", value))
        query, key, inner = (
            maker.node("Add", maker.node("MatMul", normal, maker.weight(16, 16)), maker.weight(16)) for _ in range(3))
        scores = maker.node("MatMul", query, maker.node("Transpose", key, perm=[0, 2, 1]))
        shares = maker.node("Softmax", maker.node("Add", scores, mask))
        mixed = maker.node("MatMul", maker.node("MatMul", shares, inner), maker.weight(16, 16))
        joined = maker.node("Add", mixed, value)
        wide = maker.node("Erf", maker.node("MatMul", maker.node("Tanh", joined), maker.weight(16, 32)))
        value = maker.node("Add", maker.node("MatMul", wide, maker.weight(32, 16)), joined)
    while len(maker.nodes) < count:
        value = maker.node("Tanh", value)
    maker.save({"x": [1, 8, 16], "mask": [8, 8]}, value, path)


if __name__ == "__main__":
    kinds = {"chain": chain, "transformer": transformer}
    if len(sys.argv) != 4 or sys.argv[1] not in kinds or not sys.argv[2].isdigit():
        raise SystemExit("usage: make_model.py chain|transformer NODES OUT.onnx")
    kinds[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
