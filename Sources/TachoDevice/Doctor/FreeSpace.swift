import Glibc

/// Room for reports in a folder.
package struct FreeSpace: Hashable, Sendable {
    /// What this user may still write.
    package var bytes: Int64
    package var isWritable: Bool

    /// nil where the folder does not exist or cannot be asked.
    package static func read(_ folder: String) -> FreeSpace? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        let bytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return FreeSpace(
            bytes: bytes.overflow ? .max : Int64(clamping: bytes.partialValue),
            isWritable: access(folder, W_OK) == 0)
    }
}
