/// What falls into one bucket while it is open: how much, how often, and of which label how much.
struct BucketAccumulator {
    private(set) var count = 0
    private(set) var busy: Int64 = 0
    private var label: Int32 = -1
    private var weight: Int64 = 0
    /// The labels after the first; most buckets see few.
    private var others: [(label: Int32, weight: Int64)] = []
    /// Where each lies in `others`, once there are many.
    private var places: [Int32: Int] = [:]

    var isEmpty: Bool { label < 0 }

    /// - Parameter weight: Decides which label the bucket shows: time, and a little for each start, so that marks count.
    @inline(__always)
    mutating func add(label: Int32, busy: Int64, count: Int) {
        self.busy += busy
        self.count += count
        add(label, busy + Int64(count))
    }

    @inline(__always)
    private mutating func add(_ label: Int32, _ weight: Int64) {
        if label == self.label || self.label < 0 {
            self.label = label
            self.weight += weight
        } else {
            addOther(label, weight)
        }
    }

    private mutating func addOther(_ label: Int32, _ weight: Int64) {
        if others.count <= 12 {
            if let index = others.firstIndex(where: { $0.label == label }) {
                others[index].weight += weight
                return
            }
            others.append((label, weight))
            if others.count == 13 {
                for (index, other) in others.enumerated() { places[other.label] = index }
            }
        } else if let index = places[label] {
            others[index].weight += weight
        } else {
            places[label] = others.count
            others.append((label, weight))
        }
    }

    mutating func add(_ other: BucketAccumulator) {
        busy += other.busy
        count += other.count
        if other.label >= 0 { add(other.label, other.weight) }
        for (label, weight) in other.others { add(label, weight) }
    }

    /// The label that takes most; of equals the one that was made first.
    var mostLabel: Int {
        var best = (label: label, weight: weight)
        for other in others
        where other.weight > best.weight || (other.weight == best.weight && other.label < best.label) {
            best = other
        }
        return Int(best.label)
    }
}
