import Foundation
import TachoRecords
import Testing

@testable import TachoAnalysis

/// Payloads are read by the schemas that come with them, and neither can do harm.
@Suite struct PayloadDecoderTests {
    private typealias Layout = PayloadLayout

    private func field(
        _ name: String, _ type: UInt64, flags: UInt64 = 0, detail: UInt64 = 0, offset: UInt64 = 0
    ) -> PayloadLayout.Field {
        .init(name: name, type: type, flags: flags, detail: detail, offset: offset)
    }

    private func layout(
        _ fields: [PayloadLayout.Field], type: UInt64 = 1, size: UInt64 = 0, alignment: UInt64 = 0,
        others: [PayloadLayout.Schema] = []
    ) -> PayloadLayout {
        .init(
            parts: [.init(type: 1 << 32, bytes: nil)],
            schemas: [
                .init(id: 1 << 32, name: "s", type: type, size: size, alignment: alignment, fields: fields)
            ] + others, hasAddresses: false)
    }

    private func words(_ layout: PayloadLayout, _ bytes: [UInt8]) -> String {
        PayloadDecoder(layout).parts(bytes).map(\.value.words).joined(separator: "; ")
    }

    @Test func fieldsLieWhereAlignmentPutsThem() {
        let fields = [field("a", 12), field("b", 16), field("c", 13), field("d", 20)]
        let bytes: [UInt8] = [
            1, 0, 0, 0, 2, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F,
        ]
        #expect(words(layout(fields), bytes) == "a 1, b 2, c -1, d 1.0")
        // Packed to two bytes.
        let packed: [UInt8] = [1, 0, 2, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
        #expect(words(layout(fields, alignment: 2), packed) == "a 1, b 2, c -1, d 1.0")
        // What was cut off is not there.
        #expect(words(layout(fields), Array(bytes.prefix(9))) == "a 1, b 2, c ?, d ?")
    }

    @Test func smallFloatsAreRead() {
        let fields = [field("half", 42), field("brain", 50), field("tiny", 42), field("most", 42)]
        #expect(
            words(layout(fields), [0x00, 0xC1, 0x20, 0x40, 0x01, 0x00, 0x00, 0x7C])
                == "half -2.5, brain 2.5, tiny 5.960464477539063e-08, most inf")
    }

    @Test func lengthsOfOtherFieldsCount() {
        let fields = [
            field("rows", 12, flags: 1 << 4, detail: 2),
            field("matrix", 11, flags: 3 << 4, detail: 0), field("end", 12),
        ]
        #expect(
            words(layout(fields, type: 2), [2, 3, 1, 2, 3, 4, 5, 6, 9])
                == "rows [2, 3], matrix [1, 2, 3, 4, 5, 6], end 9")
        // A length that the bytes cannot have.
        let long = [field("n", 18), field("all", 12, flags: 3 << 4, detail: 0), field("end", 12)]
        #expect(words(layout(long, type: 2), Array(repeating: 255, count: 12)).hasSuffix("all ?, end ?"))
        // One that comes later tells nothing.
        let late = [field("all", 12, flags: 3 << 4, detail: 1), field("n", 12)]
        #expect(words(layout(late, type: 2), [1, 1]) == "all ?, n ?")
    }

    @Test func valuesOfEnumerationsHaveNames() {
        let states = Layout.Schema(
            id: 1 << 25, name: "state", type: 0, size: 1, alignment: 0,
            fields: [field("idle", 0), field("busy", 1), field("last", .max)])
        let bits = Layout.Schema(
            id: 1 << 26, name: "bits", type: 0, size: 2, alignment: 0,
            fields: [field("read", 1, flags: 1), field("write", 2, flags: 1)])
        let fields = [
            field("a", 1 << 25), field("b", 1 << 25), field("c", 1 << 25), field("d", 1 << 25),
            field("e", 1 << 26), field("f", 1 << 26),
        ]
        #expect(
            words(layout(fields, others: [states, bits]), [1, 0, 255, 7, 3, 0, 0x12, 0])
                == "a busy, b idle, c last, d 7, e read | write, f write | 0x10")
    }

    @Test func aUnionChoosesItsMember() {
        let inner = Layout.Schema(
            id: 1 << 25, name: "u", type: 4, size: 12, alignment: 0,
            fields: [field("which", 100), field("whole", 16, offset: 4), field("real", 19, offset: 4)])
        let bytes: [UInt8] = [2, 0, 0, 0, 0, 0, 0x20, 0x40, 0, 0, 0, 0]
        #expect(words(layout([field("u", 1 << 25)], others: [inner]), bytes) == "u real 2.5")
        #expect(words(layout([field("u", 1 << 25)], others: [inner]), [9] + bytes.dropFirst()) == "u ?")
    }

    @Test func whatHoldsItselfEnds() {
        let own = [field("a", 12), field("self", 1 << 32), field("b", 12)]
        #expect(words(layout(own), Array(repeating: 1, count: 64)).hasPrefix("a 1, self "))
        #expect(words(layout(own, size: 1), Array(repeating: 1, count: 64)).hasPrefix("a 1, self "))
        // Wide and deep at once: 1,000 fields of a schema of 1,000 fields of ...
        let first: UInt64 = 1 << 25
        var schemas: [PayloadLayout.Schema] = []
        for level in 0..<20 as Range<UInt64> {
            var schema = PayloadLayout.Schema(id: first + level, name: "", type: 1, size: 1, alignment: 0)
            for index in 0..<1_000 {
                schema.fields.append(field("f\(index)", first + level + 1, offset: index == 0 ? 0 : 1))
            }
            schemas.append(schema)
        }
        let start = ContinuousClock.now
        _ = words(layout([field("x", first)], others: schemas), [1, 2, 3])
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func pointersLeadIntoPayloadsOfTheEventAlone() {
        let fields = [
            field("text", 75), field("numbers", 12, flags: 2 | 1 << 4, detail: 2), field("away", 75),
        ]
        let layout = PayloadLayout(
            parts: [.init(type: 1 << 32, bytes: 24), .init(type: 1022, bytes: nil)],
            schemas: [.init(id: 1 << 32, name: "s", type: 1, size: 24, alignment: 0, fields: fields)],
            hasAddresses: true)
        func bytes(_ numbers: [UInt64]) -> [UInt8] {
            numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) } }
        }
        let all = bytes([0x5001, 0x5005, 0x9000]) + [1, 104, 105, 0, 33, 7, 8, 9] + bytes([0x4000, 0x5000])
        #expect(words(layout, all) == "text hi, numbers [7, 8], away 0x9000")
        #expect(!words(layout, Array(all.prefix(30))).isEmpty)
    }

    /// Any schema and any bytes are answered, soon.
    @Test func noSchemaDoesHarm() {
        let striking: [UInt64] = [
            0, 1, 2, 7, 8, 100, 1 << 20, 1 << 24, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max,
        ]
        let iterations =
            ProcessInfo.processInfo.environment["TACHO_FUZZ_ITERATIONS"].flatMap(Int.init) ?? 2_000
        for seed in 0..<iterations {
            var generator = SplitMix64(seed: UInt64(seed))
            func number() -> UInt64 {
                generator.next() % 3 == 0
                    ? striking[Int(generator.next() % UInt64(striking.count))] : generator.next() % 110
            }
            func type() -> UInt64 { generator.next() % 3 == 0 ? 1 << 32 + generator.next() % 4 : number() }
            let schemas = (0..<4).map { id in
                Layout.Schema(
                    id: 1 << 32 + UInt64(id), name: "s\(id)", type: generator.next() % 6, size: number(),
                    alignment: number(),
                    fields: (0..<Int(generator.next() % 8)).map { index in
                        field(
                            "f\(index)", type(),
                            flags: generator.next() % 2 == 0 ? 0 : generator.next() % 2_048,
                            detail: number(), offset: number())
                    })
            }
            let parts = (0..<Int(generator.next() % 4)).map { _ in
                Layout.Part(
                    type: type(), bytes: generator.next() % 2 == 0 ? nil : Int(generator.next() % 90) - 20)
            }
            let layout = Layout(parts: parts, schemas: schemas, hasAddresses: generator.next() % 2 == 0)
            let bytes = (0..<Int(generator.next() % 200)).map { _ in
                UInt8(truncatingIfNeeded: generator.next())
            }
            let read = PayloadDecoder(layout).parts(bytes)
            #expect(read.count <= parts.count)
            _ = TracePayloads.words(read)
        }
    }
}
