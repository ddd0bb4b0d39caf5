import TachoRecords
import Testing

/// Spans as users write them.
@Suite struct DurationTextTests {
    @Test(
        arguments: [
            ("0", 0), ("0s", 0), ("750ns", 750), ("10us", 10_000), ("1.5ms", 1_500_000),
            ("3s", 3_000_000_000),
            ("2m", 120_000_000_000), ("2min", 120_000_000_000), ("1h", 3_600_000_000_000), ("0.5µs", 500),
        ] as [(String, Int64)])
    func reads(_ text: String, _ expected: Int64) {
        #expect(Nanoseconds(parsing: text)?.rawValue == expected)
    }

    @Test(arguments: [
        "", "3", "-1s", "s", "1 s", "1.2.3s", "1e3s", "99999999999h", "3 apples", "0x1s", "nan", "infs",
    ])
    func refuses(_ text: String) {
        #expect(Nanoseconds(parsing: text) == nil)
    }

    @Test func clampsWhatIsBeyondTheRange() {
        #expect(Nanoseconds(rounding: 1e30) == Nanoseconds(.max))
        #expect(Nanoseconds(rounding: -.infinity) == Nanoseconds(.min))
        #expect(Nanoseconds(rounding: .nan) == .zero)
        #expect(Nanoseconds(rounding: 1.5) == Nanoseconds(2))
    }
}
