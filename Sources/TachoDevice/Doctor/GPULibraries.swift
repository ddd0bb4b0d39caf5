import TachoRecords

/// Which of the GPU driver's libraries the loader finds, and what cannot be measured without them.
enum GPULibraries {
    private static let libraries: [(file: String, name: String, missing: String)] = [
        ("libcuda.so.1", "CUDA driver", "Work on an NVIDIA GPU cannot be run or timed."),
        (
            "libnvidia-ml.so.1", "NVML",
            "Clocks, temperature, power and throttling of an NVIDIA GPU cannot be read."
        ),
    ]

    /// - Parameter find: how a library is looked for; tests script it.
    static func checks(_ find: (String) -> LibraryProbe) -> [MachineCheck] {
        libraries.map { library in
            let install =
                "Both libraries come with the NVIDIA driver; in a container, start it with --gpus all."
            switch find(library.file) {
            case .found(let path):
                return MachineCheck(
                    section: "GPU", name: library.name, value: path ?? library.file + " found")
            case .missing:
                return MachineCheck(
                    section: "GPU", name: library.name, value: "\(library.file) not found", status: .note,
                    advice: "\(library.missing) \(install)")
            case .broken(let reason):
                return MachineCheck(
                    section: "GPU", name: library.name, value: "\(library.file) does not load: \(reason)",
                    status: .note, advice: "\(library.missing) \(install)")
            }
        }
    }
}
