import ArgumentParser
import TachoRecords

/// A plan as one argument: what would follow `tacho run`.
struct PlanText {
    let text: String

    init(_ text: String) { self.text = text }

    /// Short launches, since many of them are what carries a comparison; what the plan says itself goes first.
    private static let warmUp = "100ms"
    private static let duration = "200ms"

    /// - Throws: `Failure` (usage) for a text that is no plan, and for options that belong to the comparison.
    func command() throws -> RunCommand {
        let words = try words()
        guard !words.isEmpty else {
            throw failure("is empty", expected: "what would follow tacho run: a model and options")
        }
        func isGiven(_ options: String...) -> Bool {
            words.contains { word in options.contains { word == $0 || word.hasPrefix($0 + "=") } }
        }
        // The parser lets the last of an option given twice win.
        var defaults: [String] = []
        if !isGiven("--warm-up") { defaults += ["--warm-up", Self.warmUp] }
        if !isGiven("--duration", "--iterations", "--precision") {
            defaults += ["--duration", Self.duration]
        }
        let command: RunCommand
        do {
            command = try RunCommand.parse(defaults + words)
        } catch let error as Failure {
            throw error
        } catch {
            throw failure(RunCommand.message(for: error), expected: "what would follow tacho run")
        }
        let output = command.output
        if isGiven("--launches") || output.output != nil || output.overwrite || output.noReport
            || output.view.json != nil || output.view.quiet || output.view.explain
        {
            throw failure(
                "has options that belong to the comparison",
                expected:
                    "no --launches and no options of output; --pairs, --output and --json follow the plans")
        }
        return command
    }

    /// Blanks separate words; quotes keep them together, a backslash takes the next character as it is.
    private func words() throws -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else {
            throw failure("ends within a quotation", expected: "every quote closed")
        }
        if let whole = word { words.append(whole) }
        return words
    }

    private func failure(_ problem: String, expected: String) -> Failure {
        Failure(
            .usage, input: "--run '\(text.drop { $0 == " " })'", problem: problem, expected: expected,
            nextStep: "for example: tacho compare --run 'squeezenet --threads 1' 'squeezenet --threads 2'")
    }
}
