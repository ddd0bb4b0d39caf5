import Foundation
import TachoRecords
import Testing

@testable import TachoReport

/// Addresses to functions: what lies where, and symbol tables of any bytes.
@Suite struct SymbolTests {
    @Test func laterMappingsTakeThePlaceOfEarlierOnes() {
        var space = AddressSpace()
        space.add(.init(start: 100, end: 200, fileOffset: 0, file: "a"))
        space.add(.init(start: 120, end: 140, fileOffset: 7, file: "b"))
        #expect(space.find(99) == nil && space.find(200) == nil)
        #expect(space.find(119)?.file == "a" && space.find(120)?.file == "b" && space.find(139)?.file == "b")
        #expect(space.find(140)?.file == "a")
        #expect(space.find(140)?.fileOffset == 40)
        space.add(.init(start: 0, end: 300, fileOffset: 0, file: "c"))
        #expect([0, 130, 299].allSatisfy { space.find($0)?.file == "c" })
    }

    @Test func thisProgramsFunctionsAreFound() throws {
        let symbols = try #require(ELFSymbols("/proc/self/exe"))
        var found = 0
        for offset in stride(from: UInt64(0), to: 4 << 20, by: 4_096)
        where symbols.name(fileOffset: offset) != nil {
            found += 1
        }
        #expect(found > 10)
    }

    @Test func damagedTablesAreSafe() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: "/bin/true"))
        for seed in 0..<300 {
            var random = SplitMix64(seed: UInt64(seed))
            var bytes = whole
            for _ in 0..<20 {
                // Headers and tables, where damage matters.
                let place = Int(
                    random.next() % 2 == 0 ? random.next() % 512 : random.next() % UInt64(bytes.count))
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            if seed % 3 == 0 { bytes = bytes.prefix(Int(random.next() % UInt64(bytes.count))) }
            guard let symbols = ELFSymbols(bytes) else { continue }
            for _ in 0..<50 { _ = symbols.name(fileOffset: random.next() % UInt64(bytes.count + 4_096)) }
        }
    }
}
