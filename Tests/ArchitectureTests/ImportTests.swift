import Foundation
import Testing

/// The import rules of docs/architecture.md, read from the sources.
@Suite struct ImportTests {
    /// Which rooms of ours a room may import. A room that is not here does not exist.
    static let allowed: [String: Set<String>] = [
        "TachoRecords": [],
        "TachoModel": ["TachoRecords"],
        "TachoEngine": ["TachoRecords", "TachoModel"],
        "TachoONNXRuntime": ["TachoRecords", "TachoModel", "TachoEngine", "CTachoONNXRuntime"],
        "TachoDevice": ["TachoRecords"],
        "TachoRoof": ["TachoRecords", "TachoDevice", "CTachoRoof"],
        // Empty: what makes the C hook a library that needs no Swift runtime.
        "TachoLayerHook": [],
        "TachoRecorder": ["TachoRecords", "TachoDevice", "CTachoRecorder"],
        "TachoMeasure": ["TachoRecords", "TachoModel", "TachoEngine", "TachoRecorder"],
        "TachoReport": ["TachoRecords", "CTachoRecorder"],
        "TachoAnalysis": ["TachoRecords", "TachoReport"],
        "TachoViews": ["TachoRecords", "TachoReport", "TachoAnalysis", "CTachoPage"],
        "TachoLaunch": ["TachoRecords", "TachoReport", "CTachoRecorder", "CTachoSampler"],
        "TachoServer": [
            "TachoRecords", "TachoReport", "TachoAnalysis", "TachoViews", "TachoLaunch", "CTachoPage",
        ],
        "Tachograph": [
            "TachoRecords", "TachoEngine", "TachoDevice", "TachoRecorder", "TachoMeasure", "TachoReport",
            "TachoAnalysis",
            "TachoViews", "TachoModel",
        ],
        "tacho": [
            "TachoRecords", "TachoModel", "TachoEngine", "TachoONNXRuntime", "TachoDevice", "TachoRecorder",
            "TachoRoof", "TachoMeasure",
            "TachoReport", "TachoAnalysis", "TachoViews", "TachoLaunch", "TachoServer", "CTachoSampler",
        ],
    ]

    /// Rooms without Swift sources: C cores and shims.
    static let cRooms: Set<String> = [
        "CTachoRecorder", "CTachoONNXRuntime", "CTachoLayerHook", "CTachoRoof", "CTachoTrace", "CTachoPage",
        "CTachoSampler",
    ]

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Modules imported by the Swift files of a room.
    static func imports(of room: String) throws -> [(file: String, module: String)] {
        let folder = root.appendingPathComponent("Sources/\(room)")
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        return try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), words.count > index + 1,
                    words[..<index].allSatisfy({
                        $0.hasPrefix("@") || ["public", "package", "internal"].contains($0)
                    })
                else { return nil }
                // `import struct Module.Name` names the module in its last word.
                let name = words[words.count - 1].split(separator: ".")[0]
                return (file.lastPathComponent, String(name))
            }
        }
    }

    @Test func everyRoomIsKnown() throws {
        let folder = Self.root.appendingPathComponent("Sources")
        let rooms = Set(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") })
        #expect(rooms == Set(Self.allowed.keys).union(Self.cRooms))
    }

    @Test(arguments: allowed.keys.sorted())
    func importsOnlyWhatItMay(_ room: String) throws {
        let imports = try Self.imports(of: room)
        #expect(!imports.isEmpty || ["TachoRecords", "TachoLayerHook"].contains(room))
        let ours = Set(Self.allowed.keys).union(Self.cRooms)
        for (file, module) in imports where ours.contains(module) {
            #expect(Self.allowed[room]?.contains(module) == true, "\(room)/\(file) imports \(module)")
        }
    }

    /// Reading and explaining a report never needs an engine or a GPU: not even through another room.
    @Test(arguments: ["TachoReport", "TachoAnalysis", "TachoViews"])
    func readersNeverReachAnEngineOrADevice(_ room: String) throws {
        var reached: Set<String> = []
        var waiting = [room]
        while let next = waiting.popLast() {
            for (_, module) in try Self.imports(of: next) where reached.insert(module).inserted {
                if Self.allowed[module] != nil { waiting.append(module) }
            }
        }
        let forbidden: Set = [
            "TachoEngine", "TachoONNXRuntime", "TachoDevice", "TachoMeasure", "TachoLaunch",
            "CTachoONNXRuntime",
        ]
        #expect(reached.isDisjoint(with: forbidden))
    }

    /// An engine or a device is a sibling of the others, never a condition inside one.
    @Test func enginesDoNotKnowEachOther() throws {
        let engines = ["TachoONNXRuntime"]
        for room in Self.allowed.keys where room != "tacho" {
            for (file, module) in try Self.imports(of: room) where engines.contains(module) {
                Issue.record("\(room)/\(file) imports the engine \(module)")
            }
        }
    }

    @Test func noRoomIsAKitchenDrawer() throws {
        let names =
            FileManager.default.enumerator(
                at: Self.root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil)?
            .compactMap { ($0 as? URL)?.deletingPathExtension().lastPathComponent.lowercased() } ?? []
        #expect(names.count > 50)
        for name in names {
            #expect(!["utils", "util", "helpers", "helper", "misc", "common"].contains(name))
        }
    }
}
