/// Time added to every query on purpose, to check that a slow-down of known size is found.
package struct AddedDelay: Codable, Hashable, Sendable {
    /// As a share of what the query itself took: 0.03 is 3 %.
    package var share: Double
    /// The same for every query.
    package var span: Nanoseconds

    package init(share: Double = 0, span: Nanoseconds = .zero) {
        self.share = share
        self.span = span
    }

    /// Reads `3%` or a span such as `200us`; nil for anything else, and for more than 1000 %.
    package init?(parsing text: String) {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), percent > 0, percent <= 1_000 else { return nil }
            self.init(share: percent / 100)
        } else {
            guard let span = Nanoseconds(parsing: text), span > .zero else { return nil }
            self.init(span: span)
        }
    }

    /// As it is read: `3.0%`, `200000ns`.
    package var text: String { share > 0 ? "\(share * 100)%" : "\(span.rawValue)ns" }

    /// What a query of this length is made longer by.
    package func delay(after query: Nanoseconds) -> Nanoseconds {
        span + Nanoseconds(rounding: query.double * share)
    }
}
