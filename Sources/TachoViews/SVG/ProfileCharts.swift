import Foundation
import TachoAnalysis

/// Every chart of a profile, with the file name it is written under.
package enum ProfileCharts {
    package static func all(_ profile: ProfileSummary) -> [(name: String, data: Data)] {
        let model = profile.run.plan.model.map { RelativePath.stem($0) } ?? profile.run.plan.engine.name
        var charts = LayerTable.Grouping.allCases.map { grouping in
            (
                name: "time-by-\(grouping.rawValue).svg",
                data: GroupChart.data(profile.table, by: grouping, model: model)
            )
        }
        if let roof = profile.roof, let data = RooflineChart.data(profile.table, roof: roof, model: model) {
            charts.append((name: "roofline.svg", data: data))
        }
        return charts
    }
}
