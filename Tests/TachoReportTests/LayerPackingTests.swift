import TachoRecords
import Testing

@testable import TachoReport

/// What is packed comes back, whatever the engine did; other bytes are damage and never a crash.
@Suite struct LayerPackingTests {
    private static func times(_ random: inout SplitMix64, start: Nanoseconds) -> [LayerTime] {
        var now = start
        let usual = Int(random.next() % 50)
        return (0..<Int(random.next() % 60)).map { index in
            // Mostly the usual order; now and then a jump, another thread, an overlap, a very long one.
            let isOdd = random.next() % 8 == 0
            let layer = isOdd ? Int(random.next() % UInt64(UInt32.max)) : index + usual
            let thread = random.next() % 5 == 0 ? Int(random.next() % 70) : 0
            let gap = Int64(random.next() % 2_000) - (isOdd ? 1_000 : 0)
            let duration = Int64(random.next() % (isOdd ? 1 << 40 : 1 << 17))
            let time = LayerTime(
                layer: layer, thread: thread, start: now + Nanoseconds(gap), duration: Nanoseconds(duration))
            now = time.end
            return time
        }
    }

    @Test func whatIsPackedComesBack() throws {
        var random = SplitMix64(seed: 11)
        var bytes: [UInt8] = []
        for _ in 0..<500 {
            let start = Nanoseconds(Int64(random.next() % (1 << 50)))
            let times = Self.times(&random, start: start)
            LayerPacking.pack(times, queryStart: start, into: &bytes)
            let back = try bytes.withUnsafeBytes {
                try LayerPacking.unpack($0, count: times.count, queryStart: start)
            }
            #expect(back == times)
        }
    }

    @Test func otherBytesAreDamage() {
        var random = SplitMix64(seed: 12)
        var bytes: [UInt8] = []
        var damaged = 0
        for round in 0..<2_000 {
            let times = Self.times(&random, start: .zero)
            LayerPacking.pack(times, queryStart: .zero, into: &bytes)
            var count = times.count
            if round % 3 == 0, !bytes.isEmpty {
                bytes.removeLast(Int(random.next() % UInt64(bytes.count)) + 1)
            } else if round % 3 == 1 {
                count += Int(random.next() % 5) - 2
            } else {
                for index in bytes.indices where random.next() % 4 == 0 {
                    bytes[index] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            do {
                let back = try bytes.withUnsafeBytes {
                    try LayerPacking.unpack($0, count: count, queryStart: .zero)
                }
                #expect(back.count == count)
                #expect(back.allSatisfy { $0.layer >= 0 && $0.thread >= 0 })
            } catch {
                #expect(error is DamagedValue)
                damaged += 1
            }
        }
        #expect(damaged > 1_000)
    }
}
