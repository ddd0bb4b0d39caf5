import TachoViews

/// Everything that the page can ask.
package enum PageAPI {
    /// - Parameter readModel: Reads the file of a model whose graph a report did not keep.
    package static func table(
        _ library: ReportLibrary, readModel: ModelDocument.FileReader? = nil
    ) -> APITable {
        var api = APITable()
        ReportRoutes.add(to: &api, library)
        CompareRoutes.add(to: &api, library)
        ModelRoutes.add(to: &api, library, readModel: readModel)
        return api
    }
}
