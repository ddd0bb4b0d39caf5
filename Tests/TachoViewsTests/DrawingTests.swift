import TachoAnalysis
import TachoRecords
import Testing

@testable import TachoViews

@Suite struct DrawingTests {
    @Test func histogramBarsAreInProportion() throws {
        let series = Array(repeating: Int64(1_000), count: 80) + Array(repeating: Int64(1_500), count: 40)
        let histogram = try #require(Histogram(of: series))
        let lines = HistogramText(style: TextStyle()).lines(histogram)
        let bars = lines.map { line in line.filter { $0 == "#" }.count }.filter { $0 > 0 }
        #expect(bars.count == 2)
        #expect(abs(Double(bars[0]) / Double(bars[1]) - 2) < 0.1)
        #expect(lines[0].contains("66.7 %"))
    }

    @Test func oneSlowQueryIsSaidAndDoesNotSquashTheRest() throws {
        var series = (0..<1_000).map { Int64(1_000_000 + $0 % 100 * 1_000) }
        series[500] = 90_000_000
        let buckets = SeriesBucket.downsample(series, to: 240)
        let lines = SeriesText(style: TextStyle(hasBlocks: true)).lines(buckets, warmUp: 0)
        #expect(lines.contains { $0.contains("▲") })
        #expect(!lines[0].contains("90"))
    }

    @Test func warmUpIsMarked() {
        let series = (0..<200).map { Int64($0 < 40 ? 2_000_000 : 1_000_000) + Int64($0 % 7) }
        let buckets = SeriesBucket.downsample(series, to: 240)
        let lines = SeriesText(style: TextStyle()).lines(buckets, warmUp: 40)
        #expect(lines.last?.contains("warm-up") == true)
        #expect(SeriesText(style: TextStyle()).lines(buckets, warmUp: 0).last?.contains("warm-up") == false)
    }

    @Test func anEmptyOrSingleSeriesDrawsNothing() {
        #expect(SeriesText(style: TextStyle()).lines([], warmUp: 0).isEmpty)
        let one = SeriesBucket.downsample([5], to: 10)
        #expect(SeriesText(style: TextStyle()).lines(one, warmUp: 0).isEmpty)
    }

    @Test(arguments: [
        (999.0, 100.0, "ns"), (5e4, 3e3, "us"), (8.2e6, 1e5, "ms"), (4e9, 1e8, "s"),
    ])
    func oneUnitForADrawing(_ largest: Double, _ span: Double, _ unit: String) {
        let scale = TimeScale(largest: largest, span: span)
        #expect(scale.unit == unit)
        // Neighbouring labels must differ.
        #expect(scale.number(largest) != scale.number(largest - span))
    }

    @Test func wrappingKeepsWordsAndWidth() {
        let style = TextStyle(width: 20)
        let lines = style.wrap("one two three four five six seven", first: "  -> ")
        #expect(lines.allSatisfy { $0.count <= 20 })
        #expect(lines.joined(separator: " ").split(separator: " ").count == 8)
        #expect(style.wrap(String(repeating: "x", count: 50)) == [String(repeating: "x", count: 50)])
        #expect("abcdefghij".shortened(6) == "ab..ij")
    }

    @Test func progressFitsALineAndTellsWhatIsLeft() {
        let line = ProgressLine(launches: 3, style: TextStyle())
        let progress = RunProgress(
            queries: 1_234, elapsed: .seconds(1), remaining: .seconds(2), precision: 0.0123)
        #expect(
            line.text(launch: 1, progress: progress)
                == "launch 2 of 3: measuring: 1,234 queries, median +- 1.2 %, 2.0 s left at most")
        let warming = RunProgress(queries: 0, elapsed: .seconds(-1), remaining: nil, precision: nil)
        #expect(line.text(launch: 0, progress: warming).hasSuffix("warming up"))
        #expect(line.text(launch: 0, doing: String(repeating: "y", count: 200)).count == 79)
    }

    @Test func doctorCountsProblemsAndNotes() {
        let checks = [
            MachineCheck(section: "A", name: "good", value: "1"),
            MachineCheck(section: "B", name: "odd", value: "2", status: .note, advice: "Do this."),
            MachineCheck(section: "A", name: "bad", value: "3", status: .problem, advice: "Do that."),
        ]
        let text = DoctorTextView(style: TextStyle()).text(checks)
        #expect(text.hasSuffix("1 problem to mend before measuring."))
        #expect(text.components(separatedBy: "\n").filter { $0 == "A" }.count == 1)
        #expect(text.contains("-> Do that."))
        let fine = DoctorTextView(style: TextStyle()).text([checks[0]])
        #expect(fine.hasSuffix("Everything can be measured here."))
    }
}
