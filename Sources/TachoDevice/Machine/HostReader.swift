import Glibc
import TachoRecords

/// Reads which machine this is, and which hypervisor and container it runs inside of.
struct HostReader {
    let files: SystemFiles

    func read(cpuinfo: ProcessorInformation, software: Environment.Software) -> Environment.Host {
        var host = Environment.Host()
        host.name = files.word("/proc/sys/kernel/hostname")
        host.architecture = files.isMachine ? SystemName.read()?.machine : files.word("/proc/sys/kernel/arch")
        host.hypervisor = hypervisor(cpuinfo, software)
        host.container = container()
        return host
    }

    // Many signs, since each is missing somewhere. On x86 the processor's flag decides, because a cloud's bare-metal
    // machines carry the same maker's name as its virtual ones.
    private func hypervisor(_ cpuinfo: ProcessorInformation, _ software: Environment.Software) -> String? {
        let name = hypervisorName(software)
        if cpuinfo.hasHypervisorFlag { return name ?? "unknown" }
        if let type = files.word("/sys/hypervisor/type") { return type == "xen" ? "Xen" : type }
        let isX86 =
            cpuinfo.vendor.map { ["GenuineIntel", "AuthenticAMD", "HygonGenuine"].contains($0) } ?? false
        return isX86 ? nil : name
    }

    private func hypervisorName(_ software: Environment.Software) -> String? {
        if software.kernelRelease?.lowercased().contains("microsoft") == true { return "Hyper-V (WSL)" }
        let maker = files.word("/sys/class/dmi/id/sys_vendor") ?? ""
        let product = files.word("/sys/class/dmi/id/product_name") ?? ""
        let signs = [
            ("KVM", "KVM"), ("QEMU", "KVM"), ("VMware", "VMware"), ("VirtualBox", "VirtualBox"),
            ("innotek", "VirtualBox"), ("Xen", "Xen"), ("Google Compute Engine", "Google Compute Engine"),
            ("OpenStack", "OpenStack"), ("Parallels", "Parallels"), ("Firecracker", "Firecracker"),
        ]
        if let sign = signs.first(where: { maker.contains($0.0) || product.contains($0.0) }) { return sign.1 }
        if maker.hasPrefix("Microsoft"), product.contains("Virtual") { return "Hyper-V" }
        if maker.hasPrefix("Amazon EC2"), !product.contains("metal") { return "Amazon EC2" }
        let clocks = software.availableClockSources
        if clocks.contains("kvm-clock") { return "KVM" }
        if clocks.contains(where: { $0.hasPrefix("hyperv") }) { return "Hyper-V" }
        if clocks.contains("xen") { return "Xen" }
        return nil
    }

    private func container() -> String? {
        if files.exists("/.dockerenv") { return "docker" }
        if files.exists("/run/.containerenv") { return "podman" }
        if let name = files.word("/run/systemd/container") { return name }
        if files.exists("/var/run/secrets/kubernetes.io") { return "kubernetes" }
        let groups = files.bytes("/proc/self/cgroup", limit: 65_536) ?? []
        let text = String(decoding: groups, as: UTF8.self)
        let signs = [
            ("kubepods", "kubernetes"), ("docker", "docker"), ("libpod", "podman"),
            ("containerd", "containerd"),
            ("/lxc", "lxc"),
        ]
        return signs.first { text.contains($0.0) }?.1
    }
}

/// The kernel's name of itself and of the machine (uname(2)).
struct SystemName {
    var release: String
    var version: String
    var machine: String

    static func read() -> SystemName? {
        var name = utsname()
        guard uname(&name) == 0 else { return nil }
        func text<Characters>(_ field: Characters) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return SystemName(
            release: text(name.release), version: text(name.version), machine: text(name.machine))
    }
}
