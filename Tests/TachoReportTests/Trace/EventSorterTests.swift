import Testing

@testable import TachoReport

/// Events are put in order, whether they fit a run or are merged from a file.
@Suite struct EventSorterTests {
    @Test(arguments: [0, 1, 999, 1_000, 1_001, 10_500])
    func ordersWhatItIsGiven(count: Int) throws {
        let folder = try TemporaryFolder()
        var generator = Numbers(state: UInt64(count) + 1)
        let events = (0..<count).map { index in
            CUDAEvent(
                // Few instants, so that many start together.
                start: Int64(generator.next() % 500), duration: Int64(generator.next() % 50) - 1,
                label: UInt32(index), correlation: UInt32(count - index))
        }
        let sorter = EventSorter(folder: folder(""), capacity: 1_000)
        for event in events { try sorter.add(event) }
        try sorter.finish()
        var found: [CUDAEvent] = []
        while let event = try sorter.take() { found.append(event) }
        #expect(Set(found.map(\.label)) == Set(0..<UInt32(count)))
        #expect(found.allSatisfy { $0.correlation == UInt32(count) - $0.label })
        #expect(found.allSatisfy { events[Int($0.label)].start == $0.start })
        for (event, next) in zip(found, found.dropFirst()) {
            #expect(!CUDAEvent.precedes(next, event))
        }
    }

    @Test(arguments: [1, 500, 1 << 20, 1 << 33, 1 << 50] as [UInt64])
    func digitsSortAsComparingDoes(_ span: UInt64) {
        var generator = Numbers(state: span)
        var events = (0..<6_000).map { index in
            CUDAEvent(
                start: 5_000_000_000_000 + Int64(generator.next() % span),
                duration: Int64(generator.next() % 4) - 1,
                label: UInt32(index), correlation: 0)
        }
        var expected = events
        expected.sort(by: CUDAEvent.precedes)
        RadixSort.sort(&events)
        #expect(events.map(\.label) == expected.map(\.label))
    }

    @Test func aFolderThatIsGoneIsNamed() throws {
        let sorter = EventSorter(folder: "/no/such/folder", capacity: 2)
        #expect {
            for _ in 0..<4 { try sorter.add(CUDAEvent(start: 1, duration: 1, label: 0, correlation: 0)) }
        } throws: { error in
            "\(error)".contains("/no/such/folder")
        }
    }

    @Test func correlationsAreFound() {
        var set = CorrelationSet()
        let numbers: [UInt32] = [0, 1, 63, 64, 65_535, 65_536, 1 << 20, .max]
        for number in numbers { set.insert(number) }
        let found = numbers.map { set.contains($0) }
        #expect(found == numbers.map { _ in true })
        let others: [UInt32] = [2, 62, 66, 65_537, .max - 1]
        let wrong = others.filter { set.contains($0) }
        #expect(wrong.isEmpty)
    }

    /// What the collector packs, read back: the greatest differences that a short record holds, both ways.
    @Test func shortRecordsCountFromTheOneBefore() {
        var lane = CUDALane(start: 1 << 40, correlation: 5)
        func packed(_ start: Int64, _ duration: UInt64, _ correlation: Int64) -> UInt64 {
            func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
            return zigzag(start) | duration << 22 | zigzag(correlation) << 44
        }
        let first = lane.short(packed(-(1 << 21), 7, 3))
        #expect(first == ((1 << 40) - (1 << 21), 7, 8))
        let second = lane.short(packed((1 << 21) - 1, (1 << 22) - 1, -8))
        #expect(second == ((1 << 40) - 1, (1 << 22) - 1, 0))
        let third = lane.short(packed(0, 0, (1 << 19) - 1))
        #expect(third == ((1 << 40) - 1, 0, (1 << 19) - 1))
    }

    private struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
