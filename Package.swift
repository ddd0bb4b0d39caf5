// swift-tools-version:6.1
import PackageDescription

let package = Package(
    name: "tachograph",
    products: [
        .executable(name: "tacho", targets: ["tacho"]),
        .library(name: "Tachograph", targets: ["Tachograph"]),
        // ONNX Runtime loads this one from beside the binary: see docs/profiling.md.
        .library(name: "TachoLayerHook", type: .dynamic, targets: ["TachoLayerHook"]),
        // What is loaded into traced programs: C alone, so that a stranger's process gets no Swift runtime.
        .library(name: "tacho_inject", type: .dynamic, targets: ["CTachoTrace"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // The C cores: the recorder's segment format, and one shim a vendor ABI.
        .target(name: "CTachoRecorder"),
        .target(name: "CTachoSampler", dependencies: ["CTachoRecorder"]),
        .target(name: "CTachoONNXRuntime"),
        .target(
            name: "CTachoLayerHook", dependencies: ["CTachoONNXRuntime"],
            cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-fvisibility=hidden"])]),
        // Empty, in Embedded Swift: so the library that others load needs libc alone.
        .target(
            name: "TachoLayerHook", dependencies: ["CTachoLayerHook"],
            swiftSettings: [.enableExperimentalFeature("Embedded"), .unsafeFlags(["-wmo"])],
            linkerSettings: [.unsafeFlags(["-nostartfiles"])]),
        // Optimised in debug builds too: it measures what the machine can do. The library product must not reach it:
        // a package with unsafe flags cannot be depended on.
        .target(name: "CTachoRoof", cSettings: [.unsafeFlags(["-O3"])]),
        .target(
            name: "CTachoTrace", dependencies: ["CTachoRecorder"],
            linkerSettings: [
                .unsafeFlags([
                    "-nostartfiles", "-Xlinker", "-Bsymbolic", "-Xlinker", "-z",
                    "-Xlinker", "nodelete",
                ])
            ]),

        // Values and models.
        .target(name: "TachoRecords"),
        .target(
            name: "TachoModel",
            dependencies: [
                "TachoRecords", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], exclude: ["ONNX/onnx_subset.proto"]),

        // Engines and devices.
        .target(name: "TachoEngine", dependencies: ["TachoRecords", "TachoModel"]),
        .target(name: "TachoONNXRuntime", dependencies: ["TachoEngine", "CTachoONNXRuntime"]),
        .target(name: "TachoDevice", dependencies: ["TachoRecords"]),
        .target(name: "TachoRoof", dependencies: ["TachoRecords", "TachoDevice", "CTachoRoof"]),

        // Measuring.
        .target(name: "TachoRecorder", dependencies: ["TachoRecords", "CTachoRecorder"]),
        .target(
            name: "TachoMeasure",
            dependencies: ["TachoRecords", "TachoModel", "TachoEngine", "TachoRecorder"]),

        // Keeping and explaining.
        .target(
            name: "TachoReport",
            dependencies: [
                "TachoRecords", "CTachoRecorder", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(name: "TachoAnalysis", dependencies: ["TachoRecords", "TachoReport"]),
        .target(
            name: "TachoViews", dependencies: ["TachoRecords", "TachoReport", "TachoAnalysis", "CTachoPage"]),

        // The library product: the same measurement of a closure, in a user's own program.
        .target(
            name: "Tachograph",
            dependencies: [
                "TachoRecords", "TachoModel", "TachoEngine", "TachoDevice", "TachoMeasure", "TachoReport",
                "TachoAnalysis",
            ]),

        // Starting work.
        .target(
            name: "TachoLaunch",
            dependencies: [
                "TachoRecords", "TachoReport", "CTachoRecorder", "CTachoSampler",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),

        // The page in the browser: its files, embedded, and its server.
        .target(name: "CTachoPage", exclude: ["page"]),
        .target(
            name: "TachoServer",
            dependencies: [
                "TachoRecords", "TachoReport", "TachoAnalysis", "TachoViews", "TachoLaunch", "CTachoPage",
                .product(name: "Hummingbird", package: "hummingbird"),
            ]),

        .executableTarget(
            name: "tacho",
            dependencies: [
                "TachoRecords", "TachoModel", "TachoEngine", "TachoONNXRuntime", "TachoDevice", "TachoRoof",
                "TachoRecorder", "TachoMeasure", "TachoReport", "TachoAnalysis", "TachoViews", "TachoLaunch",
                "TachoServer", "CTachoSampler", .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // What measuring itself costs: see Benchmarks/harness/README.md.
        .target(name: "CMallocCount", path: "Benchmarks/harness/CMallocCount"),
        .executableTarget(
            name: "harness-benchmark",
            dependencies: ["TachoMeasure", "TachoEngine", "TachoRecorder", "TachoRecords", "CMallocCount"],
            path: "Benchmarks/harness/Harness"),

        // What profiling costs: see Benchmarks/profiler/README.md.
        .executableTarget(
            name: "profiler-benchmark",
            dependencies: [
                "TachoONNXRuntime", "TachoEngine", "TachoMeasure", "TachoModel", "TachoRecorder",
                "TachoRecords", "TachoAnalysis",
            ],
            path: "Benchmarks/profiler/Profiler"),
        // What load measurements say against theory: see Benchmarks/load/README.md.
        .target(
            name: "LoadTheory",
            dependencies: ["TachoRecords", "TachoEngine", "TachoMeasure", "TachoAnalysis"],
            path: "Benchmarks/load/Theory"),
        .executableTarget(
            name: "load-benchmark",
            dependencies: [
                "LoadTheory", "TachoRecords", "TachoEngine", "TachoMeasure", "TachoRecorder", "TachoAnalysis",
            ],
            path: "Benchmarks/load/Load"),

        // Tests mirror the rooms.
        .testTarget(
            name: "TachographTests",
            dependencies: ["Tachograph", "TachoAnalysis", "TachoReport", "TachoViews"]),
        .testTarget(
            name: "TachoModelTests",
            dependencies: ["TachoModel", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .testTarget(
            name: "TachoONNXRuntimeTests",
            dependencies: ["TachoONNXRuntime", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .testTarget(
            name: "TachoReportTests",
            dependencies: [
                "TachoReport", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .testTarget(name: "TachoRecordsTests", dependencies: ["TachoRecords"]),
        .testTarget(name: "TachoEngineTests", dependencies: ["TachoEngine"]),
        .testTarget(name: "TachoRecorderTests", dependencies: ["TachoRecorder", "CTachoRecorder"]),
        .testTarget(
            name: "TachoMeasureTests",
            dependencies: ["TachoMeasure", "TachoEngine", "TachoRecorder", "TachoReport"]),
        .testTarget(
            name: "TachoProfileTests",
            dependencies: [
                "TachoRecords", "TachoModel", "TachoEngine", "TachoONNXRuntime", "TachoMeasure",
                "TachoReport", "TachoLaunch",
            ]),
        .testTarget(
            name: "LoadProofTests",
            dependencies: [
                "LoadTheory", "TachoMeasure", "TachoEngine", "TachoRecorder", "TachoAnalysis", "TachoReport",
                "TachoViews",
            ]),
        .testTarget(name: "ArchitectureTests"),
        // Reports of load measurements are written by counted servers.
        .testTarget(
            name: "TachoViewsTests",
            dependencies: [
                "TachoViews", "TachoAnalysis", "TachoReport", "TachoMeasure", "TachoRecorder", "TachoEngine",
                "LoadTheory",
            ]),
        // The program itself, run as a process.
        .testTarget(
            name: "TachoCommandTests",
            dependencies: [
                "tacho", "TachoReport", "TachoAnalysis", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        // The roof is tested on the same made-up machines as its sibling.
        .testTarget(name: "TachoDeviceTests", dependencies: ["TachoDevice", "TachoRoof"]),
        .testTarget(
            name: "TachoServerTests",
            dependencies: [
                "TachoServer", "TachoReport", "TachoAnalysis", "CTachoPage",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        // The page in a real browser, served by the program itself.
        .testTarget(
            name: "PageTests", dependencies: ["tacho", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(name: "TachoLaunchTests", dependencies: ["TachoLaunch", "TachoReport"]),
        .testTarget(
            name: "TachoAnalysisTests",
            dependencies: ["TachoAnalysis", "TachoReport", .product(name: "GRDB", package: "GRDB.swift")]),
    ],
    swiftLanguageModes: [.v6]
)
