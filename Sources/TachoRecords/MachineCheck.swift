/// One line of what `tacho doctor` says about a machine: a fact, whether it is in order, and what to do if not.
package struct MachineCheck: Codable, Hashable, Sendable {
    package enum Status: String, Codable, CaseIterable, Sendable {
        case ok
        /// Something cannot be measured or costs more here; everything else works.
        case note
        /// Measurements will be wrong or fail.
        case problem
    }

    /// The heading it stands under: "Machine", "Clock", "Permissions", "GPU", "Storage".
    package var section: String
    package var name: String
    package var value: String
    package var status: Status
    /// What it means and what to do; nil where there is nothing to say.
    package var advice: String?

    package init(section: String, name: String, value: String, status: Status = .ok, advice: String? = nil) {
        self.section = section
        self.name = name
        self.value = value
        self.status = status
        self.advice = advice
    }
}
