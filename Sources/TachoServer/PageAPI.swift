import Foundation
import TachoViews

/// Everything that the page can ask.
package enum PageAPI {
    /// - Parameters:
    ///   - readModel: reads the file of a model whose graph a report did not keep.
    ///   - desk: with the services where activities can be started.
    package static func table(
        _ library: ReportLibrary, readModel: ModelDocument.FileReader? = nil,
        activities: (desk: ActivityDesk, services: ActivityServices)? = nil
    ) -> APITable {
        var api = APITable()
        ReportRoutes.add(to: &api, library, hasActivities: activities != nil)
        CompareRoutes.add(to: &api, library)
        ModelRoutes.add(to: &api, library, readModel: readModel)
        if let activities { ActivityRoutes.add(to: &api, activities.desk, activities.services) }
        TimelineRoutes.add(to: &api, library)
        return api
    }
}
