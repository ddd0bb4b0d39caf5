import Foundation
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

extension RuntimeTests {
    @Suite struct ModelErrorTests {
        let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func refusal(of model: WireModelProto) -> Failure? {
            failure { _ = try build(model, in: folder) }
        }

        private func relu(opset: Int = 17, irVersion: Int = 8) -> WireModelProto {
            Make.model(
                [Make.node("Relu", ["x"], ["y"])], inputs: [Make.value("x", .float32, [.fixed(1)])],
                outputs: [Make.value("y", .float32, [.fixed(1)])], opset: opset, irVersion: irVersion)
        }

        @Test func newOpset() throws {
            let failure = try #require(refusal(of: relu(opset: 99)))
            #expect(failure.kind == .usage)
            #expect(failure.problem.hasPrefix("uses opset 99, which is too new"))
            #expect(failure.problem.contains(".h:") == false)
            #expect(failure.expected?.hasPrefix("opset ") == true)
        }

        @Test func newIRVersion() throws {
            let failure = try #require(refusal(of: relu(irVersion: 99)))
            #expect(failure.problem.hasPrefix("has an IR version that is too new"))
            #expect(failure.problem.contains("99"))
        }

        @Test func unknownOperators() throws {
            for (domain, imported) in [("", false), ("com.acme", false), ("com.acme", true)] {
                let model = Make.model(
                    [Make.node("Frobnicate", ["x"], ["y"], domain: domain)],
                    inputs: [Make.value("x", .float32, [.fixed(1)])],
                    outputs: [Make.value("y", .float32, [.fixed(1)])], domains: imported ? [domain] : [])
                let failure = try #require(refusal(of: model))
                #expect(failure.kind == .usage)
                #expect(failure.problem.hasPrefix("uses an operator that is not known"), "\(failure)")
                #expect(failure.problem.contains("Frobnicate") || failure.problem.contains("com.acme"))
            }
        }

        @Test func typesWithoutAnImplementation() throws {
            let model = Make.model(
                [Make.node("Relu", ["x"], ["y"])], inputs: [Make.value("x", .bfloat16, [.fixed(1)])],
                outputs: [Make.value("y", .bfloat16, [.fixed(1)])])
            let failure = try #require(refusal(of: model))
            #expect(failure.problem.hasPrefix("uses an operator or type that is not implemented"))
        }

        @Test func invalidGraphs() throws {
            let dangling = Make.model(
                [Make.node("Relu", ["nobody"], ["y"])], inputs: [Make.value("x", .float32, [.fixed(1)])],
                outputs: [Make.value("y", .float32, [.fixed(1)])])
            let wrongType = Make.model(
                [Make.node("And", ["x", "x"], ["y"])], inputs: [Make.value("x", .float32, [.fixed(1)])],
                outputs: [Make.value("y", .bool, [.fixed(1)])])
            for model in [dangling, wrongType] {
                let failure = try #require(refusal(of: model))
                #expect(failure.problem.hasPrefix("has a graph that is not valid"), "\(failure)")
                #expect(failure.nextStep.contains("onnx.checker"))
            }
        }

        @Test func filesThatAreNoModels() throws {
            let text = folder.file("text.onnx")
            try "hello, I am no model".write(toFile: text, atomically: true, encoding: .utf8)
            #expect(
                failure { _ = try build(path: text) }?.problem.hasPrefix("cannot be read as an ONNX model")
                    == true)
            let missing = failure { _ = try build(path: folder.file("nowhere.onnx")) }
            #expect(missing?.kind == .usage)
            #expect(missing?.problem.contains("is not there") == true)
        }

        @Test func sequencesAreRefused() throws {
            var model = Make.model(
                [Make.node("Identity", ["x"], ["y"])], inputs: [Make.value("x", .float32, [.fixed(1)])],
                outputs: [Make.value("y", .float32, [.fixed(1)])])
            // An input of type sequence(tensor(float)), in bytes: our messages leave its parts out.
            let path = folder.file("sequence.onnx")
            model.graph.node = [Make.node("SequenceLength", ["x"], ["y"])]
            model.graph.output = [Make.value("y", .int64, [])]
            model.graph.input = []
            var bytes: [UInt8] = try model.serializedBytes()
            let input: [UInt8] = [0x0a, 1, 0x78, 0x12, 8, 0x22, 6, 0x0a, 4, 0x0a, 2, 0x08, 1]
            // The graph is field 7; a second one is merged into the first.
            bytes += [0x3a, UInt8(input.count + 2), 0x5a, UInt8(input.count)] + input
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let failure = try #require(failure { _ = try build(path: path) })
            #expect(failure.kind == .usage)
            #expect(failure.problem == "input 'x' is a sequence", "\(failure)")
        }

        @Test func messagesAreTidied() {
            let text = """
                /src/core/op_kernel.cc:87 virtual OrtValue* ns::Context::Output(int, const std::function<void()>&) \
                const The output
                 is bad
                """
            #expect(ErrorWording.tidy(text) == "The output is bad")
            #expect(
                ErrorWording.tidy("Name:'' Status: /a/b.h:1 void f(int) Bad (really)")
                    == "Name:'' Status: Bad (really)")
            #expect(ErrorWording.tidy("/a/b.h:1 no signature") == "no signature")
            #expect(ErrorWording.tidy("plain") == "plain")
        }
    }
}
