import Synchronization

/// Where the page is served, and which hosts a request may name: known once the port is.
package final class PageAddress: Sendable {
    /// The host that was asked for: a loopback name or address, unless the user told another.
    package let host: String
    package let token: AccessToken
    private let boundPort = Mutex(0)
    private let machineName: String

    package init(host: String, token: AccessToken = AccessToken(), machineName: String = "") {
        self.host = host
        self.token = token
        self.machineName = machineName
    }

    package var port: Int { boundPort.withLock { $0 } }
    package func bind(port: Int) { boundPort.withLock { $0 = port } }

    /// The address to open: with a wildcard host the loopback one.
    package var url: String {
        let shown = Self.isWildcard(host) ? "127.0.0.1" : host
        return "http://\(shown.contains(":") ? "[\(shown)]" : shown):\(port)/\(token.text)/"
    }

    package var isOpenToOthers: Bool { !["127.0.0.1", "localhost", "::1"].contains(host) }

    /// Whether a request's `Host` may be answered. A name that a stranger's DNS points here is refused, so that a page
    /// elsewhere cannot read through the user's browser.
    func accepts(authority: String) -> Bool {
        guard let (name, port) = Self.split(authority), port == self.port else { return false }
        let loopbacks = ["127.0.0.1", "localhost", "::1"]
        if loopbacks.contains(name) || name == host.lowercased() { return true }
        guard !loopbacks.contains(host) else { return false }
        // Served to others on purpose: an address in digits cannot be rebound, and the machine's own name is its own.
        let isNumeric = name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." }
        return isNumeric || (!machineName.isEmpty && name == machineName.lowercased())
    }

    /// Whether a request's `Origin` is this page's own.
    func accepts(origin: String) -> Bool {
        guard origin.hasPrefix("http://") else { return false }
        return accepts(authority: String(origin.dropFirst("http://".count)))
    }

    static func isWildcard(_ host: String) -> Bool { ["0.0.0.0", "::", "*"].contains(host) }

    /// `[::1]:80` is `::1` and 80; without a port it is that of http.
    static func split(_ authority: String) -> (name: String, port: Int)? {
        let text = authority.lowercased()
        let end: String.Index
        let name: String
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            name = String(text[text.index(after: text.startIndex)..<close])
            end = text.index(after: close)
        } else {
            end = text.firstIndex(of: ":") ?? text.endIndex
            name = String(text[..<end])
        }
        let rest = text[end...]
        guard !name.isEmpty else { return nil }
        if rest.isEmpty { return (name, 80) }
        guard rest.first == ":", let port = Int(rest.dropFirst()) else { return nil }
        return (name, port)
    }
}
