/// Says what a file that is no ONNX model looks like, from its first bytes.
enum FileSignature {
    private static let signatures: [(offset: Int, bytes: String, name: String)] = [
        (0, "\u{7f}ELF", "a program or library (ELF)"),
        (0, "PK\u{3}\u{4}", "a ZIP archive (.pt and .npz files are these)"),
        (1, "PNG\r\n", "a PNG picture"),
        (1, "HDF\r\n", "an HDF5 file (Keras)"),
        (1, "NUMPY", "a NumPy array (.npy)"),
        (4, "ORTM", "an ONNX Runtime model (.ort)"),
        (4, "TFL3", "a TensorFlow Lite model"),
        (0, "GGUF", "a GGUF model"),
        (0, "%PDF", "a PDF document"),
        (0, "SQLite format 3", "an SQLite database"),
        (0, "version https://git-lfs", "a Git LFS pointer: the model itself was never fetched"),
        (0, "<!DOCTYPE", "a web page"),
        (0, "<html", "a web page"),
        (257, "ustar", "a tar archive"),
    ]

    private static let raw: [(bytes: [UInt8], name: String)] = [
        ([0x1f, 0x8b], "gzip-compressed data"),
        ([0xff, 0xd8, 0xff], "a JPEG picture"),
        ([0x28, 0xb5, 0x2f, 0xfd], "zstd-compressed data"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz-compressed data"),
        ([0x80, 0x02], "a Python pickle"),
        ([0x80, 0x04], "a Python pickle"),
    ]

    /// What the file looks like; nil where nothing known fits.
    static func describe(_ bytes: UnsafeRawBufferPointer) -> String? {
        for signature in signatures {
            let expected = Array(signature.bytes.utf8)
            guard bytes.count >= signature.offset + expected.count else { continue }
            if bytes[signature.offset..<(signature.offset + expected.count)].elementsEqual(expected) {
                return signature.name
            }
        }
        for signature in raw where bytes.starts(with: signature.bytes) { return signature.name }
        let head = bytes.prefix(512)
        let isText = head.allSatisfy { $0 == 9 || $0 == 10 || $0 == 13 || ($0 >= 32 && $0 != 127) }
        guard isText else { return nil }
        let first = head.first { $0 > 32 }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? "JSON text" : "text"
    }
}
