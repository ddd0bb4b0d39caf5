/// Everything that the page can ask.
package enum PageAPI {
    package static func table(_ library: ReportLibrary) -> APITable {
        var api = APITable()
        ReportRoutes.add(to: &api, library)
        CompareRoutes.add(to: &api, library)
        TimelineRoutes.add(to: &api, library)
        return api
    }
}
