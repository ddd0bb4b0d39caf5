import Foundation
import TachoAnalysis
import TachoRecords
import TachoViews

extension ViewArguments {
    /// Prints a load measurement as text, and writes it as JSON where asked for.
    func show(_ summary: LoadSummary) throws {
        if let json {
            let data = try LoadJSON.data(summary)
            if json == "-" {
                data.withUnsafeBytes { Terminal.write($0, to: STDOUT_FILENO) }
                Terminal.write("\n", to: STDOUT_FILENO)
                return
            }
            do {
                try (data + [UInt8(ascii: "\n")]).write(to: URL(fileURLWithPath: json), options: .atomic)
            } catch {
                throw Failure(
                    .measured, input: "--json \(json)",
                    problem: "could not be written (\(error.localizedDescription))",
                    nextStep: summary.path.map { "the report has it all: tacho show \($0) --json PATH" }
                        ?? "free space or choose another path, and measure again")
            }
        }
        let detail: RunTextView.Detail = quiet ? .quiet : verbose ? .verbose : .normal
        Terminal.printOutput(LoadTextView(style: .detect(), detail: detail).text(summary))
    }
}
