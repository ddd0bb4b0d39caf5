/// The folders that hold this process's control groups, own group first, then its ancestors up to the mount.
///
/// Works for version 2, version 1, both side by side, and inside containers with or without a namespace of their own.
/// Source: cgroups(7), proc_pid_mountinfo(5).
package struct ControlGroupPaths: Hashable, Sendable {
    /// Where one controller is to be found.
    package struct Place: Hashable, Sendable {
        package var version: Int
        /// The group's path within its hierarchy, as /proc/self/cgroup has it.
        package var path: String
        package var folders: [String]
    }

    package var cpu: Place?
    package var memory: Place?

    package init(_ files: SystemFiles) {
        // A mount table has a line a mount: thousands where many containers run.
        self.init(
            groups: files.kernelText("/proc/self/cgroup", limit: 65_536) ?? KernelText([]),
            mounts: files.kernelText("/proc/self/mountinfo", limit: 1 << 22) ?? KernelText([]))
    }

    package init(groups: KernelText, mounts: KernelText) {
        let mounts = mounts.lines.compactMap(Mount.init)
        let memberships = groups.lines.compactMap(Membership.init)
        cpu = Self.place("cpu", memberships, mounts)
        memory = Self.place("memory", memberships, mounts)
    }

    // A controller lives in version 1 where that names it, and otherwise in version 2.
    private static func place(
        _ controller: String, _ memberships: [Membership], _ mounts: [Mount]
    ) -> Place? {
        if let group = memberships.first(where: { $0.controllers.contains(controller) }),
            let mount = mounts.first(where: { $0.type == "cgroup" && $0.options.contains(controller) })
        {
            return Place(version: 1, path: group.path, folders: mount.folders(for: group.path))
        }
        guard let group = memberships.first(where: { $0.controllers.isEmpty }),
            let mount = mounts.first(where: { $0.type == "cgroup2" })
        else { return nil }
        return Place(version: 2, path: group.path, folders: mount.folders(for: group.path))
    }

    /// `0::/user.slice` or `4:cpu,cpuacct:/docker/1f`.
    private struct Membership {
        var controllers: [String]
        var path: String

        init?(_ line: KernelText.Line) {
            let parts = KernelText.string(line).split(
                separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].hasPrefix("/") else { return nil }
            controllers = parts[1].split(separator: ",").map(String.init)
            path = String(parts[2])
        }
    }

    /// A control group file system that is mounted.
    private struct Mount {
        /// The group that the mount point shows.
        var root: String
        var point: String
        var type: String
        var options: Set<String>

        // 32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu
        init?(_ line: KernelText.Line) {
            let fields = KernelText.fields(line)
            guard fields.count >= 10, let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }),
                dash + 3 < fields.count
            else { return nil }
            type = KernelText.string(fields[dash + 1])
            guard type == "cgroup" || type == "cgroup2" else { return nil }
            root = KernelText.string(fields[3])
            point = KernelText.string(fields[4])
            options = Set(KernelText.string(fields[dash + 3]).split(separator: ",").map(String.init))
        }

        /// The group's folder and its ancestors'. A group outside of what is mounted shows as the mount point.
        func folders(for group: String) -> [String] {
            var names = group.split(separator: "/").map(String.init)
            let above = root.split(separator: "/").map(String.init)
            names = names.starts(with: above) ? Array(names.dropFirst(above.count)) : []
            // Groups may nest deeply; beyond this only the nearest matter.
            guard !names.contains(".."), names.count <= 64 else { return [point] }
            return (0...names.count).reversed().map { depth in
                ([point] + names.prefix(depth)).joined(separator: "/")
            }
        }
    }
}
