/// Sorts CUDA events as `CUDAEvent.precedes` does, by the digits of their starts: a run of a million lies within a few
/// seconds, so three digits of 11 bits do, where comparing takes twenty steps an event.
enum RadixSort {
    private static let bits = 11
    /// More digits than this, and comparing is as fast.
    private static let mostDigits = 4

    /// Events that are equal keep their order. Memory: as much again as they take.
    static func sort(_ events: inout [CUDAEvent]) {
        var (least, greatest) = (Int64.max, Int64.min)
        for event in events {
            least = min(least, event.start)
            greatest = max(greatest, event.start)
        }
        guard events.count > 1 else { return }
        let span = UInt64(bitPattern: greatest &- least)
        let digits = (64 - span.leadingZeroBitCount + bits - 1) / bits
        guard events.count >= 1 << bits, digits <= mostDigits else {
            events.sort(by: CUDAEvent.precedes)
            return
        }
        for digit in 0..<digits { events = sorted(events, least, shift: UInt64(digit * bits)) }
        orderEqualStarts(&events)
    }

    /// By one digit of the start.
    private static func sorted(_ events: [CUDAEvent], _ least: Int64, shift: UInt64) -> [CUDAEvent] {
        let mask: UInt64 = 1 << UInt64(bits) - 1
        var places = [Int](repeating: 0, count: 1 << bits)
        for event in events { places[Int(UInt64(bitPattern: event.start &- least) >> shift & mask)] += 1 }
        var sum = 0
        for index in places.indices { (places[index], sum) = (sum, sum + places[index]) }
        return [CUDAEvent](unsafeUninitializedCapacity: events.count) { buffer, initialized in
            for event in events {
                let digit = Int(UInt64(bitPattern: event.start &- least) >> shift & mask)
                buffer.initializeElement(at: places[digit], to: event)
                places[digit] += 1
            }
            initialized = events.count
        }
    }

    /// Of those that start together the one that encloses comes first; there are few.
    private static func orderEqualStarts(_ events: inout [CUDAEvent]) {
        var first = 0
        while first < events.count {
            var end = first + 1
            while end < events.count, events[end].start == events[first].start { end += 1 }
            if end - first > 1 { events[first..<end].sort(by: CUDAEvent.precedes) }
            first = end
        }
    }
}
