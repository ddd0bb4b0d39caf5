/// The calls that launched device work, by process and correlation: 56 bytes each.
struct LaunchTable {
    struct Call {
        var thread: Int32
        var label: Int32
        var start: Int64
        var end: Int64
    }

    private var table = CorrelationTable<Call>()

    /// Calls come in order of start, so of several of one correlation the outermost is found.
    mutating func add(process: Int64, correlation: Int64, _ call: Call) {
        table.add(process: process, correlation: correlation, call)
    }

    /// Must be called once, before anything is looked for.
    mutating func sort() { table.sort() }

    func call(process: Int64, correlation: Int64, hint: inout Int) -> Call? {
        table.find(process: process, correlation: correlation, hint: &hint)
    }
}
