import TachoRecords

/// What the machine's processors did since it started, in clock ticks, summed over all of them.
///
/// Source: proc_stat(5), the line `cpu`. Kernels before 2.6.11 have fewer fields: those are nil.
package struct ProcessorTimes: Hashable, Sendable {
    package var busyTicks: UInt64
    package var ioWaitTicks: UInt64?
    package var stealTicks: UInt64?

    package init?(_ text: KernelText) {
        guard let line = text.firstLine else { return nil }
        let fields = KernelText.fields(line)
        guard fields.count >= 5, fields[0].elementsEqual("cpu".utf8) else { return nil }
        let values = fields.dropFirst().prefix(8).map(KernelText.unsigned)
        func value(_ index: Int) -> UInt64? { index < values.count ? values[index] : nil }

        // User and nice hold the time of guests already.
        guard let user = value(0), let nice = value(1), let system = value(2), value(3) != nil else {
            return nil
        }
        busyTicks = [user, nice, system, value(5) ?? 0, value(6) ?? 0].reduce(0) {
            $0.addingReportingOverflow($1).overflow ? .max : $0 + $1
        }
        ioWaitTicks = value(4)
        stealTicks = value(7)
    }
}
