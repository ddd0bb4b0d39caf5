import LoadTheory
import TachoMeasure
import TachoRecords
import Testing

/// The queue by hand-made cases: order, batches, refusals, the closed loop. Times in whole units.
@Suite struct QueueTests {
    private func plan(streams: Int = 1, maxBatch: Int = 1, delay: Int64 = 0, limit: Int? = nil) -> LoadPlan {
        LoadPlan(
            arrival: .constant(rate: 1), streams: streams, maxBatch: maxBatch, batchDelay: Nanoseconds(delay),
            queueLimit: limit)
    }

    @Test func firstComeFirstServed() {
        let served = SimulatedServers.run(plan(), arrivals: [0, 1, 2, 50]) { _, _ in 10 }.served
        #expect(served.map(\.start) == [0, 10, 20, 50])
        #expect(served.map(\.waiting) == [0, 9, 18, 0])
        #expect(served.map(\.latency) == [10, 19, 28, 10])
    }

    @Test func whoIsFreeServes() {
        let served = SimulatedServers.run(plan(streams: 2), arrivals: [0, 1, 2, 3]) { _, _ in 10 }.served
        #expect(served.map(\.start) == [0, 1, 10, 11])
        #expect(served.map(\.server) == [0, 1, 0, 1])
    }

    @Test func batchesTakeWhatWaits() {
        let served = SimulatedServers.run(plan(maxBatch: 4), arrivals: [0, 1, 2, 3, 4, 5, 6]) { _, _ in 10 }
            .served
        // The first finds an idle server; at 10 six wait, of which four fit, then two.
        #expect(served.map(\.batch) == [1, 4, 4, 4, 4, 2, 2])
        #expect(served.map(\.start) == [0, 10, 10, 10, 10, 20, 20])
    }

    @Test func batchesWaitForOthersAndNoLonger() {
        let served = SimulatedServers.run(plan(maxBatch: 3, delay: 5), arrivals: [0, 2, 4, 20, 22, 60]) {
            _, _ in 1
        }.served
        // The first batch is full at 4; the second has waited long enough at 25; the third is alone until 65.
        #expect(served.map(\.start) == [4, 4, 4, 25, 25, 65])
        #expect(served.map(\.batch) == [3, 3, 3, 2, 2, 1])
    }

    @Test func aBatchThatHasWaitedInTheQueueIsSentAtOnce() {
        let served = SimulatedServers.run(plan(maxBatch: 8, delay: 5), arrivals: [0, 6, 7]) { _, _ in 30 }
            .served
        #expect(served.map(\.start) == [5, 35, 35])
    }

    @Test func batchSizesWithoutAContextAreCutDown() {
        let plan = plan(maxBatch: 20)
        #expect(plan.batchSizes == [1, 2, 3, 4, 5, 6, 7, 8, 16, 20])
        let arrivals = [Int64](repeating: 1, count: 13)
        let served = SimulatedServers.run(plan, arrivals: [0] + arrivals) { _, _ in 10 }.served
        #expect(served.map(\.batch) == [1] + Array(repeating: 8, count: 8) + Array(repeating: 5, count: 5))
    }

    @Test func fullQueueRefusesAndForgetsNobody() {
        let outcome = SimulatedServers.run(plan(limit: 2), arrivals: [0, 1, 2, 3, 4, 11, 12]) { _, _ in 10 }
        // At 3 and 4 two wait; at 10 one of them is sent, so 11 finds room and 12 does not.
        #expect(outcome.refused == [3, 4, 12])
        #expect(outcome.served.map(\.arrival) == [0, 1, 2, 11])
        #expect(outcome.served.map(\.start) == [0, 10, 20, 30])
    }

    @Test func withoutAQueueOnlyAnIdleServerTakes() {
        let outcome = SimulatedServers.run(plan(limit: 0), arrivals: [0, 5, 10, 15, 20]) { _, _ in 10 }
        #expect(outcome.refused == [5, 15])
        #expect(outcome.served.map(\.waiting) == [0, 0, 0])
    }

    @Test func erlangsLossFormula() throws {
        // M/M/1 without a queue loses the share rho / (1 + rho).
        var plan = plan(limit: 0)
        plan.arrival = .poisson(rate: 1000)
        let arrivals = try ArrivalSchedule.instants(plan, horizon: .seconds(200))
        let times = SimulatedServers.times(.exponential(mean: .milliseconds(1)), servers: 1, seed: 3)
        let outcome = SimulatedServers.run(plan, arrivals: arrivals, service: times)
        let lost = Double(outcome.refused.count) / Double(arrivals.count)
        #expect(abs(lost - 0.5) < 0.01)
    }

    @Test func closedLoopKeepsItsClientsBusy() {
        var queue = QueryQueue(LoadPlan(arrival: .closed(clients: 2)), arrivals: [])
        let room = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
        defer { room.deallocate() }
        room.initialize(to: -1)
        var starts: [Int64] = []
        var waited: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<5 {
            guard let task = queue.take(at: now, into: room, refuse: { _ in }) else { break }
            starts.append(task.due)
            waited.append(task.due - room.pointee)
            now = task.due + 10
            queue.askAgain(task.count, at: now)
        }
        #expect(starts == [0, 10, 20, 30, 40])
        #expect(waited == [0, 10, 10, 10, 10])
    }

    @Test func whatIsLeftIsToldOnce() {
        var queue = QueryQueue(plan(), arrivals: [0, 1, 2, 90])
        let room = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
        defer { room.deallocate() }
        room.initialize(to: -1)
        #expect(queue.take(at: 0, into: room, refuse: { _ in })?.due == 0)
        var left: [Int64] = []
        queue.drain(at: 10, left: { left.append($0) }, refuse: { _ in })
        queue.drain(at: 100, left: { left.append($0) }, refuse: { _ in })
        #expect(left == [1, 2])
        #expect(queue.take(at: 200, into: room, refuse: { _ in }) == nil)
    }
}
