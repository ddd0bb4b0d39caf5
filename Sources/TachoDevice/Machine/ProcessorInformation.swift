/// What /proc/cpuinfo tells, on x86 and on Arm.
///
/// Source: proc_cpuinfo(5); Arm implementer codes from the Main ID Register's description.
package struct ProcessorInformation: Hashable, Sendable {
    package var model: String?
    package var vendor: String?
    package var threads = 0
    package var sockets: Int?
    package var cores: Int?
    package var kilohertz: Int?
    /// The processor says that it runs below a hypervisor (x86 only).
    package var hasHypervisorFlag = false

    package init(_ text: KernelText) {
        var packages: Set<String> = []
        var coreIDs: Set<String> = []
        var package = ""
        var part: String?
        var isFirst = true
        for line in text.lines {
            guard let (name, value) = KernelText.pair(line, separator: ":") else { continue }
            switch name {
            case "processor":
                threads += 1
                isFirst = threads == 1
                package = ""
            case "physical id":
                package = value
                packages.insert(value)
            case "core id": coreIDs.insert(package + "/" + value)
            case "model name" where isFirst: model = value.isEmpty ? nil : value
            case "vendor_id" where isFirst: vendor = value.isEmpty ? nil : value
            case "cpu MHz" where isFirst:
                kilohertz = Double(value).flatMap { $0 > 0 && $0 < 100_000 ? Int($0 * 1000) : nil }
            case "flags" where isFirst:
                hasHypervisorFlag = value.split(separator: " ").contains("hypervisor")
            case "CPU implementer" where isFirst: vendor = Self.implementers[value] ?? "implementer \(value)"
            case "CPU part" where isFirst: part = value
            default: break
            }
        }
        if model == nil, let part { model = "\(vendor ?? "Arm") part \(part)" }
        sockets = packages.isEmpty ? nil : packages.count
        cores = coreIDs.isEmpty ? nil : coreIDs.count
    }

    private static let implementers = [
        "0x41": "Arm", "0x42": "Broadcom", "0x43": "Cavium", "0x46": "Fujitsu", "0x48": "HiSilicon",
        "0x4e": "NVIDIA", "0x51": "Qualcomm", "0x61": "Apple", "0xc0": "Ampere",
    ]
}
