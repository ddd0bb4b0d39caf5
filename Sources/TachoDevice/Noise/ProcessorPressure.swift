import TachoRecords

/// How much tasks wait for a processor: pressure stall information.
///
/// Source: Linux kernel documentation, "PSI - Pressure Stall Information".
package struct ProcessorPressure: Hashable, Sendable {
    /// Since the machine started.
    package var total: Nanoseconds
    /// Over the last ten seconds, in percent.
    package var percent10: Double?

    // some avg10=1.04 avg60=1.22 avg300=1.06 total=13907377
    package init?(_ text: KernelText) {
        guard let line = text.firstLine else { return nil }
        let fields = KernelText.fields(line).prefix(8).map(KernelText.string)
        guard fields.first == "some" else { return nil }
        func value(_ key: String) -> Substring? {
            fields.first { $0.hasPrefix(key + "=") }?.dropFirst(key.count + 1)
        }
        guard let microseconds = value("total").flatMap({ UInt64($0) }) else { return nil }
        let product = microseconds.multipliedReportingOverflow(by: 1000)
        total = Nanoseconds(product.overflow ? .max : Int64(clamping: product.partialValue))
        percent10 = value("avg10").flatMap { Double($0) }.flatMap { (0...100).contains($0) ? $0 : nil }
    }
}
