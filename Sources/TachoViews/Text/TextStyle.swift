import Foundation
import Glibc
import TachoRecords

/// How text looks where it goes: its width, colours and characters.
package struct TextStyle: Hashable, Sendable {
    /// Columns that lines are laid out for.
    package var width: Int
    package var hasColour: Bool
    /// Whether block characters can be shown; else plain ASCII draws the same.
    package var hasBlocks: Bool

    package init(width: Int = 80, hasColour: Bool = false, hasBlocks: Bool = false) {
        self.width = width
        self.hasColour = hasColour
        self.hasBlocks = hasBlocks
    }

    /// Colour only on a terminal that takes it and where `NO_COLOR` (no-color.org) is not set; blocks where the locale
    /// is UTF-8. The width is always 80: a wider terminal does not make figures easier to read.
    package static func detect(descriptor: Int32 = STDOUT_FILENO) -> TextStyle {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let terminal = variable("TERM") ?? "dumb"
        let locale = (variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? "").uppercased()
        return TextStyle(
            hasColour: isatty(descriptor) == 1 && terminal != "dumb" && variable("NO_COLOR") == nil,
            hasBlocks: locale.contains("UTF-8") || locale.contains("UTF8"))
    }

    enum Emphasis: Sendable {
        case strong, dim, good, warning, bad

        fileprivate var code: String {
            switch self {
            case .strong: "1"
            case .dim: "2"
            case .good: "32"
            case .warning: "33"
            case .bad: "31"
            }
        }
    }

    func paint(_ text: String, _ emphasis: Emphasis) -> String {
        hasColour && !text.isEmpty ? "\u{1B}[\(emphasis.code)m\(text)\u{1B}[0m" : text
    }

    /// Breaks text at blanks so that no line is wider than the style, with blanks before each line.
    ///
    /// A word that is wider than a line keeps a line of its own: paths and commands stay whole. A no-break space
    /// becomes a blank that no line is broken at.
    func wrap(_ text: String, first: String = "", indent: String? = nil) -> [String] {
        let rest = indent ?? String(repeating: " ", count: first.count)
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = rest
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return (lines + [line]).map { $0.replacing("\u{A0}", with: " ") }
    }
}

extension String {
    /// Filled with blanks on the right to a width.
    func padded(_ width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }

    /// Filled with blanks on the left to a width.
    func aligned(_ width: Int) -> String {
        count >= width ? self : String(repeating: " ", count: width - count) + self
    }

    /// With blanks that no line is broken at.
    var unbroken: String { replacing(" ", with: "\u{A0}") }

    /// Cut in the middle to a width, so that both ends of a path or a name can be read.
    func shortened(_ width: Int) -> String {
        guard count > width, width > 3 else { return self }
        let tail = (width - 2) / 2
        return prefix(width - 2 - tail) + ".." + suffix(tail)
    }

    /// Without control characters: names come from strangers' files and must not steer a terminal.
    var printable: String {
        String(
            unicodeScalars.map { scalar in
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                    ? "\u{FFFD}" : Character(scalar)
            })
    }
}
