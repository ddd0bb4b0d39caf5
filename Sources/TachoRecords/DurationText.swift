extension Nanoseconds {
    /// Reads a span as users write it: a number and a unit, `200ms`, `1.5s`, `10us`, `2m`, `750ns`; `0` needs no unit.
    ///
    /// Returns nil for anything else, for negative spans and for spans beyond 290 years.
    package init?(parsing text: String) {
        guard let split = text.firstIndex(where: { !"0123456789.".contains($0) }) else {
            guard let zero = Double(text), zero == 0 else { return nil }
            self = .zero
            return
        }
        guard let number = Double(text[..<split]), number.isFinite else { return nil }
        let unit: Double
        switch text[split...] {
        case "ns": unit = 1
        case "us", "µs": unit = 1e3
        case "ms": unit = 1e6
        case "s": unit = 1e9
        case "m", "min": unit = 60e9
        case "h": unit = 3600e9
        default: return nil
        }
        guard number * unit < 9.1e18 else { return nil }
        self.init(rounding: number * unit)
    }
}
