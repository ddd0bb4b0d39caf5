/// The version of Tachograph: tool, library and reports say the same one.
package enum ToolVersion {
    package static let text = "0.1.0"
}
