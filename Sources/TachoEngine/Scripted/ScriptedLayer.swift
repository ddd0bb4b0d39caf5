import TachoRecords

/// A layer of the scripted engine: it takes the same time in every query and computes nothing.
package struct ScriptedLayer: Hashable, Sendable {
    package var name: String
    package var time: Nanoseconds

    package init(name: String, time: Nanoseconds) {
        self.name = name
        self.time = time
    }

    /// Reads `conv:1ms,relu:0.2ms`.
    ///
    /// - Throws: `Failure` that names the part that cannot be read.
    package static func list(parsing text: String) throws(Failure) -> [ScriptedLayer] {
        var layers: [ScriptedLayer] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let colon = part.lastIndex(of: ":"), colon > part.startIndex,
                let time = Nanoseconds(parsing: String(part[part.index(after: colon)...])), time >= .zero
            else {
                throw Failure(
                    .usage, input: "--engine-config layers=\(text)",
                    problem: "'\(part)' is not a layer with its time",
                    expected: "NAME:TIME, such as conv:1ms",
                    nextStep: "separate layers by commas, and give each a time with its unit (ns, us, ms, s)")
            }
            layers.append(ScriptedLayer(name: String(part[..<colon]), time: time))
        }
        return layers
    }

    /// The type is the name up to the first digit or underscore.
    func description(_ index: Int) -> Layer {
        let type = name.prefix { !$0.isNumber && $0 != "_" }
        return Layer(
            name: name, type: String(type.isEmpty ? name[...] : type), nodeIndex: index, provider: "scripted")
    }

    var details: LayerDetails {
        let tensor = LayerTensor(elementType: .float32, shape: [1])
        return LayerDetails(inputs: [tensor], outputs: [tensor], scheduling: "one thread")
    }
}
