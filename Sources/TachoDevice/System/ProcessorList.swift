/// The kernel's list format for sets of processors and nodes: `0-3,8,10-11`.
///
/// Source: Linux kernel documentation, "CPU lists in command-line parameters".
package enum ProcessorList {
    /// More processors than any Linux kernel is built for; a bound for damaged input.
    private static let largest = 65_535

    /// The members in rising order, each once; nil where the text is not a list.
    package static func parse(_ text: String) -> [Int]? {
        var members: Set<Int> = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first >= 0, first <= last, last <= largest
            else { return nil }
            members.formUnion(first...last)
        }
        return members.isEmpty ? nil : members.sorted()
    }
}
