/// What each figure means: printed by `--explain`. docs/metrics.md says the same at length.
package enum MetricDefinitions {
    static let entries: [(name: String, meaning: String)] = [
        (
            "host latency",
            "from right before the engine's call to right after its return with the result in hand, on CLOCK_MONOTONIC. Inputs are bound before and outputs read after: neither is inside."
        ),
        (
            "enqueue",
            "host time to submit a query's work, where submitting and finishing are apart. An engine that returns with the result has none."
        ),
        ("host to device", "copying the inputs to the device, on the device's clock; none on a host engine."),
        (
            "compute",
            "the device's work between the copies, on the device's clock. On a host engine the call itself: see host latency."
        ),
        ("device to host", "copying the outputs back, on the device's clock; none on a host engine."),
        (
            "latency",
            "host to device + compute + device to host, as trtexec defines it; without enqueue. Not host latency."
        ),
        (
            "throughput",
            "queries x batch / wall time, over all streams, from the opening of the measured window to the end of the last measured query."
        ),
        (
            "median, percentiles",
            "percentiles are nearest rank: latencies that occurred. One that the number of queries cannot support is not told."
        ),
        (
            "95 % interval",
            "holds the true figure in 95 of 100 runs like this one. It allows for queries in a row being alike. From one launch it speaks for that launch; over several launches it holds their spread too."
        ),
        (
            "warm-up",
            "queries that started before the window opened (--warm-up). They are kept and drawn, and are in no figure."
        ),
        (
            "start-up",
            "what happens once: reading the model, loading the library, creating the session, binding, the first query. In no other figure."
        ),
    ]

    package static func text(style: TextStyle) -> String {
        let lines = entries.flatMap { entry in
            [style.paint(entry.name, .strong)] + style.wrap(entry.meaning, first: "  ")
        }
        return lines.joined(separator: "\n")
    }
}
