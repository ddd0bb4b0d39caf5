import Glibc

@testable import TachoDevice

/// A folder that stands for "/" of a machine, made of text files and removed at the end.
final class FakeMachine {
    let root: String

    init(_ files: [String: String] = [:]) throws {
        var template = Array("/tmp/tacho-machine-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } })
        else {
            throw NotMade(errno: errno)
        }
        root = String(cString: made)
        for (path, text) in files { try write(path, Array(text.utf8)) }
    }

    struct NotMade: Error { var errno: Int32 }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        var folder = root
        for name in path.split(separator: "/").dropLast() {
            folder += "/" + name
            mkdir(folder, 0o755)
        }
        let descriptor = open(root + path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0 else { throw NotMade(errno: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw NotMade(errno: errno) }
    }

    deinit { Self.removeTree(root) }

    // remove() takes files and empty folders; a folder that is not empty is emptied first.
    private static func removeTree(_ path: String) {
        guard remove(path) != 0 else { return }
        for name in SystemFiles(root: path).entries("/") { removeTree(path + "/" + name) }
        remove(path)
    }
}

extension FakeMachine {
    private static let cpu = "/sys/devices/system/cpu"

    /// Two sockets, four cores, eight threads, `intel_pstate` on powersave with turbo off, no limits.
    static func bareMetal() throws -> FakeMachine {
        var files = [
            "/proc/cpuinfo": (0..<8).map { number in
                """
                processor\t: \(number)
                vendor_id\t: GenuineIntel
                model name\t: Intel(R) Xeon(R) Silver 4210R CPU @ 2.40GHz
                cpu MHz\t\t: 1200.\(number)00
                physical id\t: \(number % 4 / 2)
                core id\t\t: \(number % 2)
                flags\t\t: fpu vme tsc constant_tsc nonstop_tsc avx2

                """
            }.joined(separator: "\n"),
            "/proc/meminfo": """
            MemTotal:       65803484 kB
            MemFree:         1203456 kB
            MemAvailable:   51203456 kB
            SwapTotal:       8388604 kB
            SwapFree:        8126460 kB
            HugePages_Total:      16
            Hugepagesize:       2048 kB

            """,
            "/proc/loadavg": "0.42 1.05 2.10 2/913 48123\n",
            "/proc/self/status": "Name:\ttacho\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,6-99\n",
            "/proc/self/cgroup": "0::/user.slice/user-1000.slice/session-2.scope\n",
            "/proc/self/mountinfo":
                "24 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
                + "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
            "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope/memory.max": "max\n",
            "/proc/sys/kernel/hostname": "bench-3\n", "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
            "/etc/os-release": "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
            "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
            "/sys/devices/system/clocksource/clocksource0/available_clocksource": "tsc hpet acpi_pm \n",
            "/sys/devices/system/node/online": "0-1\n",
            "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
            "/sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "/sys/class/dmi/id/product_name": "c5.metal\n",
            cpu + "/online": "0-7\n", cpu + "/smt/active": "1\n", cpu + "/intel_pstate/no_turbo": "1\n",
        ]
        for number in 0..<8 {
            let topology = "\(cpu)/cpu\(number)/topology"
            files[topology + "/physical_package_id"] = "\(number % 4 / 2)\n"
            files[topology + "/core_cpus_list"] = "\(number % 4),\(number % 4 + 4)\n"
            let policy = "\(cpu)/cpufreq/policy\(number)"
            files[policy + "/scaling_governor"] = number == 7 ? "performance\n" : "powersave\n"
            files[policy + "/scaling_available_governors"] = "performance powersave \n"
            files[policy + "/scaling_driver"] = "intel_pstate\n"
            files[policy + "/scaling_cur_freq"] = "\(1_200_000 + number * 1000)\n"
            files[policy + "/scaling_min_freq"] = "1000000\n"
            files[policy + "/scaling_max_freq"] = "2400000\n"
            files["\(cpu)/cpu\(number)/cpufreq/scaling_cur_freq"] = "\(1_200_000 + number * 1000)\n"
        }
        return try FakeMachine(files)
    }

    /// A Docker container with a CPU quota and a memory limit below cgroup version 2, nested limits included.
    static func limitedContainer() throws -> FakeMachine {
        try FakeMachine([
            "/.dockerenv": "",
            "/proc/self/cgroup": "0::/docker/abc/inner\n",
            // No namespace of its own: the mount shows the container's group as its root.
            "/proc/self/mountinfo":
                "641 630 0:27 /docker/abc /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw\n",
            "/sys/fs/cgroup/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/cpu.stat":
                "usage_usec 22871001\nuser_usec 20000000\nnr_periods 300\nnr_throttled 41\nthrottled_usec 1500123\n",
            "/sys/fs/cgroup/memory.max": "1073741824\n", "/sys/fs/cgroup/memory.current": "1000000000\n",
            "/sys/fs/cgroup/memory.stat": "anon 5\nfile 10\ninactive_file 100000000\n",
            "/sys/fs/cgroup/inner/cpu.max": "400000 100000\n",
            "/sys/fs/cgroup/inner/cpu.stat": "nr_periods 300\nnr_throttled 0\nthrottled_usec 0\n",
            "/sys/fs/cgroup/inner/memory.max": "max\n",
        ])
    }

    /// cgroup version 1 with the controllers mounted together, quota of half a core.
    static func versionOne() throws -> FakeMachine {
        try FakeMachine([
            "/proc/self/cgroup": "5:memory:/box\n4:cpu,cpuacct:/box\n1:name=systemd:/box\n0::/\n",
            "/proc/self/mountinfo":
                "30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
                + "33 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct\n"
                + "34 25 0:30 / /sys/fs/cgroup/memory rw,relatime shared:16 - cgroup cgroup rw,memory\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "50000\n",
            "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/box/cpu.stat":
                "nr_periods 9\nnr_throttled 3\nthrottled_time 70000001\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": "536870912\n",
            "/sys/fs/cgroup/memory/box/memory.usage_in_bytes": "4096\n",
            "/sys/fs/cgroup/memory/box/memory.stat": "total_inactive_file 8192\n",
        ])
    }

    /// A KVM guest without frequency control.
    static func virtualMachine() throws -> FakeMachine {
        try FakeMachine([
            "/proc/cpuinfo":
                "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Processor\n"
                + "flags\t\t: fpu hypervisor avx2\n\nprocessor\t: 1\nflags\t\t: fpu hypervisor\n",
            "/sys/devices/system/clocksource/clocksource0/current_clocksource": "kvm-clock\n",
            "/sys/devices/system/clocksource/clocksource0/available_clocksource": "kvm-clock tsc \n",
            "/proc/stat": "cpu  1000 10 300 90000 55 20 30 400 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n",
            "/proc/loadavg": "0.10 0.20 0.30 1/100 7\n",
            "/proc/pressure/cpu":
                "some avg10=1.04 avg60=1.22 avg300=1.06 total=13907377\nfull avg10=0.00 total=0\n",
        ])
    }
}
