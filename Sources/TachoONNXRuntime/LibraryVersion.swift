import TachoRecords

/// The version of an ONNX Runtime library, and which version of its C API to ask it for.
///
/// The C API's version is the minor version: release 1.22 answers to GetApi(22). It is append-only.
package struct LibraryVersion: Hashable, Sendable {
    /// The library's own words: "1.32.0".
    package var text: String
    package var major: Int
    package var minor: Int

    /// Nil where the text does not start with two numbers.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0
        else {
            return nil
        }
        self.text = text
        self.major = major
        self.minor = minor
    }

    /// The oldest API version that has every member the engine cannot do without: the generic call that appends an
    /// execution provider came with 12.
    package static let oldestAPI = 12
    /// The newest API version that the members' slots were checked against.
    package static let newestAPI = 32

    /// The API version to ask for; nil where the library is too old.
    package var apiVersion: Int? {
        if major > 1 { return Self.newestAPI }
        return major == 1 && minor >= Self.oldestAPI ? min(minor, Self.newestAPI) : nil
    }

    /// The range of versions in words.
    package static let supported = "ONNX Runtime 1.\(oldestAPI) or newer (checked up to 1.\(newestAPI))"
}
