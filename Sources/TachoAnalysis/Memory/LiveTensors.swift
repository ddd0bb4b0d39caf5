import TachoRecords

/// Which tensors must be in memory while each layer runs, from shapes and the order of the layers alone.
///
/// It is what the model needs, not what the engine has: an engine reuses and pads blocks, writes in place, and keeps
/// what it once allocated. Weights are counted apart, since they are there all the time.
package struct LiveTensors: Sendable {
    package struct Tensor: Hashable, Sendable {
        package var name: String
        package var elementType: ElementType?
        package var shape: [Int]
        package var bytes: Int
        /// Index of the row whose layer makes it; nil for an input of the model.
        package var madeBy: Int?
        /// Index of the last row that reads it; the last row of all for an output of the model.
        package var lastUse: Int
    }

    /// Bytes while each row's layer runs, in the table's order.
    package var steps: [Int]
    /// Index of the row with the most.
    package var peak: Int
    /// In memory at the peak, the biggest first.
    package var holders: [Tensor]
    /// Of all constants that layers read, each once.
    package var weightBytes: Int
    /// Tensors whose size is not known, and which are in no figure.
    package var unknown: Int

    /// Nil where no layer tells its tensors by name and shape.
    package init?(_ rows: [LayerRow]) {
        var tensors: [String: Tensor] = [:]
        var weights: [String: Int] = [:]
        var unsized: Set<String> = []
        let ran = rows.indices.filter { rows[$0].calls > 0 }
        guard let last = ran.last else { return nil }
        var isRead: Set<String> = []

        for index in ran {
            let layer = rows[index].layer
            for input in layer.inputs {
                guard let name = input.name else { continue }
                if input.isConstant {
                    weights[name] = input.bytes ?? 0
                } else if tensors[name] != nil {
                    tensors[name]?.lastUse = index
                } else if let tensor = Self.tensor(input, name, madeBy: nil, lastUse: index) {
                    // Nobody made it: it came from outside, before the first layer.
                    tensors[name] = tensor
                } else {
                    unsized.insert(name)
                }
                isRead.insert(name)
            }
            for output in layer.outputs {
                guard let name = output.name, !name.isEmpty else { continue }
                if let tensor = Self.tensor(output, name, madeBy: index, lastUse: index) {
                    tensors[name] = tensor
                } else {
                    unsized.insert(name)
                }
            }
        }
        guard !tensors.isEmpty else { return nil }
        for (name, tensor) in tensors where tensor.madeBy != nil && !isRead.contains(name) {
            tensors[name]?.lastUse = last
        }

        var changes = Array(repeating: 0, count: rows.count + 1)
        for tensor in tensors.values {
            changes[tensor.madeBy ?? 0] += tensor.bytes
            changes[tensor.lastUse + 1] -= tensor.bytes
        }
        var live = 0
        let series = changes.dropLast().map { change in
            live += change
            return live
        }
        let place = series.indices.max { series[$0] < series[$1] } ?? 0
        steps = series
        peak = place
        holders = tensors.values.filter { ($0.madeBy ?? 0) <= place && place <= $0.lastUse }
            .sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
        weightBytes = weights.values.reduce(0, +)
        unknown = unsized.count
    }

    private static func tensor(
        _ tensor: LayerTensor, _ name: String, madeBy: Int?, lastUse: Int
    ) -> Tensor? {
        guard let bytes = tensor.bytes, let shape = tensor.shape else { return nil }
        return Tensor(
            name: name, elementType: tensor.elementType, shape: shape, bytes: bytes, madeBy: madeBy,
            lastUse: lastUse)
    }
}
