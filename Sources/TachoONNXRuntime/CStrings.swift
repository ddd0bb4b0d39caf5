/// Lends an array of C strings for a call; a NULL follows the last one.
///
/// Text after a zero byte inside a string is not seen by the callee.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    // One block holds all texts, so that the pointers need no nesting of scopes.
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }
    return try bytes.withUnsafeBufferPointer { buffer in
        var pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
        pointers.append(nil)
        return try pointers.withUnsafeBufferPointer { pointers in
            guard let base = pointers.baseAddress else { return try body([nil]) }
            return try body(base)
        }
    }
}
