/// The calls that launched device work, by process and correlation, for one walk over the slices.
///
/// Correlations grow by one with each call, so those of neighbours lie on one page. Memory: 16 bytes for each correlation up
/// to the last, or 260 for each that lies alone.
struct LaunchPages {
    struct Launch {
        /// Of the call; `open` where it never ended.
        var end: Int64
        /// The low bits of `thread.id`.
        var thread: Int32
        /// The innermost range that was open on the thread, as its walker counts; -1: none.
        var range: Int32

        static let open = Int64.max
        fileprivate static let absent = Launch(end: .min, thread: 0, range: -1)
        fileprivate var isThere: Bool { end != .min }
    }

    private struct Page: Hashable {
        var process: Int64
        var number: Int64
    }

    private static let shift: Int64 = 4
    private var pages: [Page: Int] = [:]
    private var launches: [Launch] = []
    private var calls = (page: Page(process: .min, number: .min), place: 0)
    private var works = (page: Page(process: .min, number: .min), place: 0)

    var isEmpty: Bool { launches.isEmpty }

    /// Of several calls of one correlation the first counts, for its end and for its range each.
    mutating func add(process: Int64, correlation: Int64, _ launch: Launch) {
        let page = Page(process: process, number: correlation >> Self.shift)
        if page != calls.page { calls = (page, place(page)) }
        let index = calls.place + Int(correlation & (1 << Self.shift - 1))
        guard launches[index].isThere else {
            launches[index] = launch
            return
        }
        if launches[index].range < 0 { launches[index].range = launch.range }
        if launches[index].end == Launch.open {
            launches[index].end = launch.end
            launches[index].thread = launch.thread
        }
    }

    private mutating func place(_ page: Page) -> Int {
        if let known = pages[page] { return known }
        let place = launches.count
        launches.append(contentsOf: repeatElement(Launch.absent, count: 1 << Int(Self.shift)))
        pages[page] = place
        return place
    }

    /// The call of a correlation; nil where none was added yet.
    mutating func find(process: Int64, correlation: Int64) -> Launch? {
        let page = Page(process: process, number: correlation >> Self.shift)
        if page != works.page {
            guard let place = pages[page] else { return nil }
            works = (page, place)
        }
        let launch = launches[works.place + Int(correlation & (1 << Self.shift - 1))]
        return launch.isThere ? launch : nil
    }
}
