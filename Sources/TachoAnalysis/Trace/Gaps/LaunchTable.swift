/// The calls that launched device work, by process and correlation: 32 bytes each, found by bisecting.
struct LaunchTable {
    struct Call {
        var process: Int32
        var thread: Int32
        var correlation: Int64
        var start: Int64
        var end: Int64
    }

    private var calls: [Call] = []

    mutating func add(_ call: Call) { calls.append(call) }

    /// Must be called once, before anything is looked for. Of several calls of one correlation the outermost, which
    /// starts first, is kept in front.
    mutating func sort() {
        calls.sort {
            ($0.process, $0.correlation, $0.start) < ($1.process, $1.correlation, $1.start)
        }
    }

    func call(process: Int64, correlation: Int64) -> Call? {
        var low = 0
        var high = calls.count
        while low < high {
            let middle = (low + high) / 2
            let each = calls[middle]
            if (Int64(each.process), each.correlation) < (process, correlation) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < calls.count, calls[low].process == process, calls[low].correlation == correlation else {
            return nil
        }
        return calls[low]
    }
}
