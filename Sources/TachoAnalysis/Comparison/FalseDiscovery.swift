/// Which of many p-values count, so that among those that do at most a share of `level` is there by chance.
///
/// The step-up procedure of Benjamini and Hochberg, "Controlling the False Discovery Rate", Journal of the Royal
/// Statistical Society B 57 (1995). nil never counts.
func significant(_ pValues: [Double?], level: Double) -> [Bool] {
    let ordered = pValues.compactMap(\.self).sorted()
    let count = Double(ordered.count)
    let bound = ordered.enumerated().last { $0.element <= level * Double($0.offset + 1) / count }?.element
    return pValues.map { value in
        guard let value, let bound else { return false }
        return value <= bound
    }
}
