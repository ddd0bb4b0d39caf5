import GRDB

/// Turns addresses into functions and keeps the stacks: a tree in which stacks share what they begin with.
final class StackImporter {
    private struct FrameKey: Hashable {
        var name: String
        var file: String
    }

    private struct StackKey: Hashable {
        var parent: Int64?
        var frame: Int64
    }

    private struct Place: Hashable {
        var file: String
        var offset: UInt64
    }

    private let database: Database
    private let subjects: SampledSubjects
    private let cutoff: Int64
    private var spaces: [UInt32: AddressSpace] = [:]
    private var symbols: [String: ELFSymbols?] = [:]
    private var places: [Place: Int64] = [:]
    private var frames: [FrameKey: Int64] = [:]
    private var stacks: [StackKey: Int64] = [:]

    init(database: Database, subjects: SampledSubjects, cutoff: Int64) {
        self.database = database
        self.subjects = subjects
        self.cutoff = cutoff
    }

    func importStacks(_ records: StackRecords) throws {
        guard !records.isEmpty else { return }
        var records = records
        records.sort()
        let insert = try database.makeStatement(
            sql: "INSERT INTO cpu_sample (time_ns, thread, stack) VALUES (?, ?, ?)")
        for event in records.events {
            switch event.kind {
            case .map(let start, let length, let offset, let file):
                spaces[event.process, default: AddressSpace()].add(
                    .init(start: start, end: start &+ length, fileOffset: offset, file: file))
            case .exec: spaces[event.process] = AddressSpace()
            case .fork(let parent): spaces[event.process] = spaces[parent]
            case .sample(let first, let count):
                guard event.time < 1 << 62, Int64(event.time) >= cutoff else { break }
                let thread = try subjects.thread(event.thread, process: event.process)
                let stack = try stack(records.frames[first..<first + count], event.process)
                try insert.execute(arguments: [Int64(event.time), thread, stack])
            }
        }
    }

    /// - Parameter addresses: The innermost first.
    private func stack(_ addresses: ArraySlice<UInt64>, _ process: UInt32) throws -> Int64? {
        let space = spaces[process] ?? AddressSpace()
        var stack: Int64?
        for (index, address) in zip(addresses.indices, addresses).reversed() {
            // All but the innermost are addresses behind a call, which may lie in the next function.
            let frame = try frame(index == addresses.startIndex ? address : address &- 1, space)
            let key = StackKey(parent: stack, frame: frame)
            if let known = stacks[key] {
                stack = known
                continue
            }
            try database.cachedStatement(sql: "INSERT INTO call_stack (parent, frame) VALUES (?, ?)").execute(
                arguments: [stack, frame])
            stacks[key] = database.lastInsertedRowID
            stack = database.lastInsertedRowID
        }
        return stack
    }

    private func frame(_ address: UInt64, _ space: AddressSpace) throws -> Int64 {
        guard let mapping = space.find(address) else {
            return try frame(FrameKey(name: "[unknown]", file: ""))
        }
        let place = Place(
            file: mapping.file, offset: mapping.fileOffset &+ (address - mapping.start))
        if let known = places[place] { return known }
        let name = elf(mapping.file)?.name(fileOffset: place.offset)
        let short = mapping.file.split(separator: "/").last.map(String.init) ?? mapping.file
        let id = try frame(
            FrameKey(
                name: name.map { CUDALabel.demangled($0) } ?? "[\(short.isEmpty ? "anonymous" : short)]",
                file: mapping.file))
        places[place] = id
        return id
    }

    private func elf(_ file: String) -> ELFSymbols? {
        if let known = symbols[file] { return known }
        let read = ELFSymbols(file)
        symbols[file] = .some(read)
        return read
    }

    private func frame(_ key: FrameKey) throws -> Int64 {
        if let id = frames[key] { return id }
        try database.cachedStatement(sql: "INSERT INTO frame (name, file) VALUES (?, ?)").execute(
            arguments: [key.name, key.file])
        frames[key] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }
}
