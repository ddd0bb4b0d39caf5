import Foundation
import TachoRecords
import Testing

@testable import TachoONNXRuntime

/// Places and versions: what needs no library.
@Suite struct LibraryPlaceTests {
    @Test func order() {
        let places = LibraryPlace.all(
            named: "/opt/named.so",
            environment: ["TACHO_ONNXRUNTIME": "/opt/variable", "TACHO_HOME": "/opt/home"],
            binary: "/opt/bin/tacho")
        #expect(
            places.map(\.path) == [
                "/opt/named.so", "/opt/variable", "/opt/bin", "/opt/home/lib", "libonnxruntime.so.1",
                "libonnxruntime.so",
            ])
        #expect(places.map(\.isNamed) == [true, true, false, false, false, false])
    }

    @Test func theSetUpFolderIsFoundAboveTheBinary() throws {
        let folder = try ScratchFolder()
        let library = folder.file(".tacho/lib")
        try FileManager.default.createDirectory(atPath: library, withIntermediateDirectories: true)
        let places = LibraryPlace.all(named: nil, environment: [:], binary: folder.file("a/b/tacho"))
        let found = try #require(places.first { $0.origin == "the set-up folder" })
        #expect(URL(fileURLWithPath: found.path).standardized == URL(fileURLWithPath: library).standardized)
    }

    @Test func foldersPreferThePlainNameThenTheNewest() throws {
        let folder = try ScratchFolder()
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.32.0", "libonnxruntime.so", "other.so"] {
            try Data().write(to: URL(fileURLWithPath: folder.file(name)))
        }
        let names = LibraryPlace.libraries(in: folder.path).map { URL(fileURLWithPath: $0).lastPathComponent }
        #expect(names == ["libonnxruntime.so", "libonnxruntime.so.1.32.0", "libonnxruntime.so.1.9.0"])
    }

    @Test func versions() {
        #expect(LibraryVersion("1.32.0")?.apiVersion == 32)
        #expect(LibraryVersion("1.40.1")?.apiVersion == 32)
        #expect(LibraryVersion("1.12.1")?.apiVersion == 12)
        #expect(LibraryVersion("1.11.0")?.apiVersion == nil)
        #expect(LibraryVersion("2.0.0")?.apiVersion == 32)
        #expect(LibraryVersion("1.23.0-dev+4")?.minor == 23)
        for text in ["", "1", "one.two", "-1.2", "1."] { #expect(LibraryVersion(text) == nil) }
    }

    @Test func noPlaceNamesEveryPlaceThatWasTried() {
        let places = [
            LibraryPlace(origin: "here", path: "/no/such/folder", isNamed: false),
            LibraryPlace(
                origin: "the loader's path", path: "libtacho-none.so", isNamed: false, isLoaderName: true),
        ]
        let failure = failure { _ = try ONNXRuntimeLibrary.load(from: places) }
        #expect(failure?.kind == .missingPart)
        #expect(failure?.problem.contains("here (/no/such/folder): there is no such file or folder") == true)
        #expect(failure?.problem.contains("libtacho-none.so") == true)
        #expect(failure?.nextStep.contains("--onnxruntime") == true)
    }

    @Test func namedPlacesAreNeverPassedOver() throws {
        let folder = try ScratchFolder()
        let text = folder.file("libonnxruntime.so")
        try "no library".write(toFile: text, atomically: true, encoding: .utf8)
        let empty = try ScratchFolder()
        for (path, words) in [
            (text, "cannot be loaded"), (folder.path, "cannot be loaded"),
            (empty.path, "holds no libonnxruntime.so"),
            ("/no/such/place.so", "no such file"), ("libc.so.6", "no such file"),
        ] {
            let failure = failure { _ = try ONNXRuntimeLibrary.load(named: path) }
            #expect(failure?.kind == .missingPart)
            #expect(failure?.input == "--onnxruntime \(path)")
            #expect(failure?.problem.contains(words) == true, "\(path): \(failure?.problem ?? "")")
        }
    }

    @Test func otherLibrariesAreRecognised() throws {
        let places = [
            "/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6",
        ]
        guard let path = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else { return }
        let failure = failure { _ = try ONNXRuntimeLibrary.load(named: path) }
        #expect(failure?.problem.contains("not ONNX Runtime") == true)
    }

    /// Small libraries of our own that say they are other versions.
    @Test(
        .enabled(if: TestLibrary.compiler != nil, "needs a C compiler"),
        arguments: [
            ("1.8.0", "too old"), ("1.20.0", "does not offer version 20"), ("nonsense", "cannot be read"),
        ])
    func versionsThatDoNotWork(_ version: String, _ words: String) throws {
        let folder = try ScratchFolder()
        let source = folder.file("stub.c")
        try """
        static const void *api(unsigned version) { (void)version; return 0; }
        static const char *words(void) { return "\(version)"; }
        static const struct { const void *(*api)(unsigned); const char *(*words)(void); } base = {api, words};
        const void *OrtGetApiBase(void) { return &base; }
        """.write(toFile: source, atomically: true, encoding: .utf8)
        let library = folder.file("libonnxruntime.so.\(version)")
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: try #require(TestLibrary.compiler))
        compiler.arguments = ["-shared", "-fPIC", "-o", library, source]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
        let failure = failure { _ = try ONNXRuntimeLibrary.load(named: folder.path) }
        #expect(failure?.kind == .missingPart)
        #expect(failure?.problem.contains(words) == true, "\(failure?.problem ?? "")")
        #expect(failure?.problem.contains(version) == true)
    }
}

extension RuntimeTests {
    @Suite struct LibraryTests {
        @Test func opens() throws {
            let library = try ONNXRuntimeLibrary.load(named: TestLibrary.path)
            #expect(library.origin == "--onnxruntime")
            #expect(library.version.major == 1)
            #expect(library.path.contains("libonnxruntime.so"))
            if library.api.version >= 15 {
                #expect(library.buildInformation?.contains("git-commit-id") == true)
            }
            // One library and environment for the whole process.
            #expect(try ONNXRuntimeLibrary.load(named: TestLibrary.path) === library)
        }

        @Test func aFolderWillDo() throws {
            let path = try #require(TestLibrary.path)
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            #expect(
                try ONNXRuntimeLibrary.load(named: folder).path == ONNXRuntimeLibrary.load(named: path).path)
        }

        @Test func candidatesShowEveryPlace() throws {
            let candidates = ONNXRuntimeLibrary.candidates(named: TestLibrary.path)
            #expect(candidates.first?.origin == "--onnxruntime")
            #expect(candidates.first?.version != nil)
            #expect(candidates.first?.problem == nil)
            #expect(candidates.count >= 3)
            for candidate in candidates { #expect((candidate.version == nil) == (candidate.problem != nil)) }
        }
    }
}
