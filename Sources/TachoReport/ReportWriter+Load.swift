import GRDB
import TachoRecords

extension ReportWriter {
    /// Keeps what a load measurement is to find out. Once, before its first step.
    package func recordLoad(_ request: LoadRequest) throws {
        try write { database in
            try database.execute(
                sql: "INSERT INTO load (id, request) VALUES (1, ?)", arguments: [ReportJSON.text(request)])
        }
    }

    /// Keeps what a launch was ordered to do. Before its worker is started, after `beginLaunch`.
    package func recordLoadStep(_ step: LoadStep, launch: Int) throws {
        try write { database in
            try database.execute(
                sql: "INSERT INTO load_step (launch, purpose, step) VALUES (?, ?, ?)",
                arguments: [launch, step.purpose.rawValue, ReportJSON.text(step)])
        }
    }
}
