import Glibc
import TachoRecords

/// Reads the versions of everything below the engine.
struct SoftwareReader {
    let files: SystemFiles

    func read(toolVersion: String) -> Environment.Software {
        var software = Environment.Software()
        software.tool = toolVersion
        software.swift = Self.swiftVersion
        software.kernelRelease = files.word("/proc/sys/kernel/osrelease")
        software.kernelVersion = files.word("/proc/sys/kernel/version")
        if files.isMachine, let name = SystemName.read() {
            software.kernelRelease = name.release
            software.kernelVersion = name.version
        }
        let release =
            files.kernelText("/etc/os-release", limit: 65_536)
            ?? files.kernelText("/usr/lib/os-release", limit: 65_536)
        software.operatingSystem = release?.value("PRETTY_NAME", separator: "=")
        software.libc = Self.libc
        let clocks = "/sys/devices/system/clocksource/clocksource0"
        software.clockSource = files.word(clocks + "/current_clocksource")
        software.availableClockSources =
            files.word(clocks + "/available_clocksource")?.split(separator: " ").map(String.init) ?? []
        return software
    }

    // "glibc 2.36" (confstr(3)).
    private static var libc: String? {
        var text = [UInt8](repeating: 0, count: 128)
        let length = text.withUnsafeMutableBytes { space in
            confstr(
                Int32(_CS_GNU_LIBC_VERSION), space.baseAddress?.assumingMemoryBound(to: CChar.self),
                space.count)
        }
        guard length > 1 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }

    // A compiler names itself only in conditions, so newer ones than these show as "or later".
    private static var swiftVersion: String {
        #if compiler(>=6.5)
            "6.5 or later"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #else
            "6.1"
        #endif
    }
}
