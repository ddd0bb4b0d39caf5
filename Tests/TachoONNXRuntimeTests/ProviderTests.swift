import TachoEngine
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

extension RuntimeTests {
    @Suite struct ProviderTests {
        let folder: ScratchFolder
        let library: ONNXRuntimeLibrary

        init() throws {
            folder = try ScratchFolder()
            library = try ONNXRuntimeLibrary.load(named: TestLibrary.path)
        }

        @Test func lists() throws {
            let providers = try library.availableProviders()
            #expect(providers.contains("CPUExecutionProvider"))
            #expect(providers.allSatisfy { $0.hasSuffix("ExecutionProvider") })
        }

        @Test func namesAreMatchedWithoutRegardToCase() {
            let known = ["CUDAExecutionProvider", "TensorrtExecutionProvider", "My-EP"]
            #expect(ProviderSelection.match("cuda", among: known) == "CUDAExecutionProvider")
            #expect(ProviderSelection.match("TensorRT", among: known) == "TensorrtExecutionProvider")
            #expect(ProviderSelection.match("cudaexecutionprovider", among: known) == "CUDAExecutionProvider")
            #expect(ProviderSelection.match("my-ep", among: known) == "My-EP")
            #expect(ProviderSelection.match("cud", among: known) == nil)
        }

        @Test(arguments: ["cpu", "CPU", "CPUExecutionProvider"]) func theCPUNeedsNothing(_ name: String)
            throws
        {
            let engine = try build(Make.doubling(), in: folder) { $0.provider = name }
            #expect(engine.information.providers == ["CPUExecutionProvider"])
        }

        @Test func aMissingProviderIsNamedWithThoseThatAreThere() throws {
            let failure = failure { _ = try build(Make.doubling(), in: folder) { $0.provider = "rocket" } }
            #expect(failure?.kind == .missingPart)
            #expect(failure?.input == "--provider rocket")
            #expect(failure?.expected?.contains("CPUExecutionProvider") == true)
        }

        @Test func optionsForNoProviderAreRefused() throws {
            let failure = failure {
                _ = try build(Make.doubling(), in: folder) { $0.config["provider.device_id"] = "1" }
            }
            #expect(failure?.input == "engine option provider.device_id=1")
        }

        /// The call that CUDA's own options go through. A build without CUDA says so.
        @Test func cudaOptions() throws {
            let options = EngineOptions(name: "onnxruntime")
            let setup = try SessionSetup(library: library, options: options)
            let selection = ProviderSelection(library: library, options: options)
            guard try !library.availableProviders().contains("CUDAExecutionProvider") else { return }
            do {
                try selection.appendCUDA([("device_id", "0")], to: setup)
                Issue.record("CUDA was appended to a build without it")
            } catch {
                #expect(error.message.contains("CUDA"))
            }
        }

        @Test func appendsGeneric() throws {
            let options = EngineOptions(name: "onnxruntime")
            let setup = try SessionSetup(library: library, options: options)
            let selection = ProviderSelection(library: library, options: options)
            do {
                try selection.appendGeneric("RocketExecutionProvider", [("thrust", "9")], to: setup)
                Issue.record("a provider was appended that does not exist")
            } catch {
                #expect(
                    error.message.contains("ocket") || error.message.contains("OCKET"), "\(error.message)")
            }
            if try library.availableProviders().contains("AzureExecutionProvider") {
                let engine = try build(Make.doubling(), in: folder) { $0.provider = "azure" }
                #expect(engine.information.providers == ["AzureExecutionProvider", "CPUExecutionProvider"])
            }
        }

        @Test func appendsDevice() throws {
            guard library.api.version >= 22 else { return }
            let options = EngineOptions(name: "onnxruntime")
            let setup = try SessionSetup(library: library, options: options)
            let selection = ProviderSelection(library: library, options: options)
            #expect(try selection.deviceNames().contains(ProviderSelection.cpu))
            try selection.appendDevice(named: ProviderSelection.cpu, [], to: setup)
            do {
                try selection.appendDevice(named: "RocketExecutionProvider", [], to: setup)
                Issue.record("a device was appended that does not exist")
            } catch {
                #expect(!error.message.isEmpty)
            }
        }

        @Test func countsNodes() throws {
            guard library.api.version >= RuntimeAPI.checkedOrder else { return }
            let model = Make.model(
                [
                    Make.node("Neg", ["x"], ["a"]), Make.node("Abs", ["a"], ["b"]),
                    Make.node("Sqrt", ["b"], ["y"]),
                ],
                inputs: [Make.value("x", .float32, [.fixed(2)])],
                outputs: [Make.value("y", .float32, [.fixed(2)])])
            let engine = try build(model, in: folder) {
                $0.config["session.record_ep_graph_assignment_info"] = "1"
            }
            let counts = try NodeAssignment(api: library.api, session: engine.session.pointer).counts(
                isRecorded: true)
            #expect(counts == ["CPUExecutionProvider": 3])
            #expect(engine.information.settings["nodes CPUExecutionProvider"] == nil)
            if try library.availableProviders().contains("AzureExecutionProvider") {
                let fallenBack = try build(model, in: folder) { $0.provider = "azure" }
                #expect(fallenBack.information.settings["nodes CPUExecutionProvider"] == "3")
            }
        }
    }
}
