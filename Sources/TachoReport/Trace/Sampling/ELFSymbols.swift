import Foundation

/// The functions of a program or library, read from its ELF symbol tables. Any bytes are safe to read.
///
/// Source: the ELF-64 object file format. Cost: a few milliseconds for ten thousand functions.
struct ELFSymbols {
    private struct Symbol {
        var address: UInt64
        var size: UInt64
        /// Of the name, in the file.
        var name: Int
    }

    private struct Segment {
        var offset: UInt64
        var size: UInt64
        var address: UInt64
    }

    private let data: Data
    private var symbols: [Symbol] = []
    private var segments: [Segment] = []

    /// Nil where the file cannot be read or is no ELF file of 64 bits in little endian.
    init?(_ path: String) {
        guard path.hasPrefix("/"),
            let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        else { return nil }
        self.init(data)
    }

    init?(_ data: Data) {
        self.data = data
        guard data.count >= 64, data.prefix(6).elementsEqual([0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            return nil
        }
        readSegments()
        readSymbols()
    }

    private func number<T: FixedWidthInteger>(_ offset: UInt64, _ type: T.Type) -> T? {
        guard offset <= UInt64(data.count), Int(offset) + MemoryLayout<T>.size <= data.count else {
            return nil
        }
        return data.withUnsafeBytes {
            T(littleEndian: $0.loadUnaligned(fromByteOffset: Int(offset), as: type))
        }
    }

    private mutating func readSegments() {
        guard let table = number(32, UInt64.self), let entry = number(54, UInt16.self),
            let count = number(56, UInt16.self)
        else { return }
        for index in 0..<UInt64(count) {
            let place = table &+ index * UInt64(entry)
            guard number(place, UInt32.self) == 1, let offset = number(place &+ 8, UInt64.self),
                let address = number(place &+ 16, UInt64.self), let size = number(place &+ 32, UInt64.self)
            else { continue }
            segments.append(Segment(offset: offset, size: size, address: address))
        }
    }

    private mutating func readSymbols() {
        guard let table = number(40, UInt64.self), let entry = number(58, UInt16.self),
            let count = number(60, UInt16.self)
        else { return }
        func section(_ index: UInt64) -> UInt64 { table &+ index * UInt64(entry) }
        for index in 0..<UInt64(count) {
            let place = section(index)
            // 2 is the whole table, 11 what other libraries may use: the first is stripped from most files.
            guard let type = number(place &+ 4, UInt32.self), type == 2 || type == 11,
                let offset = number(place &+ 24, UInt64.self), let size = number(place &+ 32, UInt64.self),
                let link = number(place &+ 40, UInt32.self), link < count,
                let names = number(section(UInt64(link)) &+ 24, UInt64.self), names < UInt64(data.count),
                offset <= UInt64(data.count)
            else { continue }
            let bytes = min(size, UInt64(data.count) - offset)
            for symbol in 0..<bytes / 24 {
                let at = offset + symbol * 24
                guard let name = number(at, UInt32.self), let information = number(at + 4, UInt8.self),
                    let address = number(at + 8, UInt64.self), let length = number(at + 16, UInt64.self),
                    information & 0xF == 2 || information & 0xF == 10, address != 0
                else { continue }
                symbols.append(Symbol(address: address, size: length, name: Int(names) + Int(name)))
            }
        }
        symbols.sort { ($0.address, $0.size) < ($1.address, $1.size) }
    }

    /// The function at an offset in the file, as it is written there.
    func name(fileOffset: UInt64) -> String? {
        guard
            let segment = segments.first(where: {
                fileOffset >= $0.offset && fileOffset - $0.offset < $0.size
            })
        else { return nil }
        let address = segment.address &+ (fileOffset - segment.offset)
        var (low, high) = (0, symbols.count)
        while low < high {
            let middle = (low + high) / 2
            if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let symbol = symbols[low - 1]
        // Code written in assembly often has no size.
        guard symbol.size == 0 || address - symbol.address < symbol.size, symbol.name < data.count else {
            return nil
        }
        let rest = data[(data.startIndex + symbol.name)...].prefix(4_096)
        return String(decoding: rest.prefix { $0 != 0 }, as: UTF8.self)
    }
}
