import Foundation

/// A drawing in SVG 1.1: shapes and texts, escaped, with one style sheet for light and dark.
struct SVGDocument {
    let width: Int
    let height: Int
    let title: String
    private var body: [String] = []

    init(width: Int, height: Int, title: String) {
        self.width = width
        self.height = height
        self.title = title
    }

    enum Anchor: String { case start, middle, end }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, style: String, tip: String? = nil
    ) {
        add(
            "rect",
            "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" class=\"\(style)\"",
            tip)
    }

    mutating func circle(x: Double, y: Double, radius: Double, style: String, tip: String? = nil) {
        add(
            "circle",
            "cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\" class=\"\(style)\"",
            tip)
    }

    mutating func line(_ points: [(x: Double, y: Double)], style: String) {
        let text = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        body.append("<polyline points=\"\(text)\" class=\"\(style)\"/>")
    }

    mutating func text(_ text: String, x: Double, y: Double, anchor: Anchor = .start, style: String = "text")
    {
        body.append(
            "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor.rawValue)\" class=\"\(style)\">\(Self.escape(text))</text>"
        )
    }

    private mutating func add(_ element: String, _ attributes: String, _ tip: String?) {
        let inside = tip.map { "<title>\(Self.escape($0))</title>" } ?? ""
        body.append("<\(element) \(attributes)>\(inside)</\(element)>")
    }

    /// Palette of Okabe and Ito (2008), which colour-blind readers can tell apart.
    private static let sheet = """
        .page{fill:#fff}.text{fill:#222}.dim{fill:#666}.bar{fill:#0072b2}.overhead{fill:#56b4e9}.rest{fill:#999}
        .point{fill:#d55e00;fill-opacity:.75}.roof{stroke:#222;stroke-width:2;fill:none}.grid{stroke:#ddd;fill:none}
        text{font:12px system-ui,sans-serif}.head{font-size:15px;font-weight:600;fill:#222}
        @media(prefers-color-scheme:dark){.page{fill:#16181c}.text,.head{fill:#eee}.dim{fill:#aaa}.roof{stroke:#eee}.grid{stroke:#333}}
        """

    func data() -> Data {
        let lines =
            [
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\" role=\"img\">",
                "<title>\(Self.escape(title))</title>", "<style>\(Self.sheet)</style>",
                "<rect class=\"page\" width=\"\(width)\" height=\"\(height)\"/>",
            ] + body + ["</svg>", ""]
        return Data(lines.joined(separator: "\n").utf8)
    }

    /// Names come from strangers' files: nothing in them may end a text or an attribute, or be a character XML forbids.
    static func escape(_ text: String) -> String {
        text.printable.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
