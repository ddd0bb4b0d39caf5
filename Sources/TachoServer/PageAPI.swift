import Foundation

/// Everything that the page can ask.
package enum PageAPI {
    /// - Parameters:
    ///   - desk: with the services where activities can be started.
    package static func table(
        _ library: ReportLibrary, activities: (desk: ActivityDesk, services: ActivityServices)? = nil
    ) -> APITable {
        var api = APITable()
        ReportRoutes.add(to: &api, library, hasActivities: activities != nil)
        CompareRoutes.add(to: &api, library)
        if let activities { ActivityRoutes.add(to: &api, activities.desk, activities.services) }
        return api
    }
}
