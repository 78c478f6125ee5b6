import Foundation
import Measurement
import Regression
import Runs
import Statistics
import Testing

@testable import Reporting

@Suite struct HistoryPictureTests {
    /// Sides of runs that nobody made: figure `name` has the levels of `series`, run by run.
    private func sides(_ series: [(String, [Double?])], forks: Int = 3) -> [MeasuredSide] {
        let count = series.map(\.1.count).max() ?? 0
        return (0..<count).map { index in
            let levels = series.compactMap { name, values -> (String, Double, Int)? in
                values[index].map { (name, $0, forks) }
            }
            let two = index < 9 ? "0\(index + 1)" : "\(index + 1)"
            let side = SampleComparison.side(levels, name: "run\(two)", profile: "auto")
            return MeasuredSide(
                name: side.name, run: side.run, tool: side.tool, commit: "abcdef0123456\(two)",
                start: "2026-01-\(two)T00:00:00Z", seed: side.seed, method: side.method,
                fingerprint: side.fingerprint, workloads: [], detectableEffect: nil,
                figures: side.figures)
        }
    }

    private func picture(_ sides: [MeasuredSide]) -> HistoryPicture {
        let all = MetricHistory.all(of: sides)
        let series = HistoryPicture.chosen(all).map {
            HistoryPicture.Series($0, intervals: $0.intervals(among: sides))
        }
        return HistoryPicture(
            series, runs: sides.map(\.run), total: all.count, machine: SampleRun.machine[0])
    }

    /// Twenty runs, from `change` on by `size` another level.
    private static func stepped(_ level: Double, by size: Double, at change: Int) -> [Double?] {
        (0..<20).map { index -> Double in
            level + Double(index % 3) + (index < change ? 0 : size)
        }
    }

    private let step = stepped(100, by: 20, at: 12)

    @Test func `a change stands between two levels with its commits`() throws {
        let plot = picture(sides([("time", step)])).plot
        let levels = PictureCase.block("levels", of: plot)
        #expect(levels.count == 2)
        #expect(levels[0][1...2] == ["0.5", "12.5"] && levels[1][1...2] == ["12.5", "20.5"])
        #expect(levels[0][5].isEmpty)
        #expect(levels[1][4] == "2.0" && levels[1][5].hasSuffix("worse abcdef0..abcdef0"))
        #expect(plot.picture.title.hasPrefix("ring.lookup time changed: ×1.2"))
        let points = PictureCase.block("curve 0", of: plot)
        #expect(points.count == 20)
        for point in points {
            let numbers = point.compactMap { Double($0) }
            #expect(numbers[2] <= numbers[1] && numbers[1] <= numbers[3])
        }
    }

    @Test func `one process gives a point without an interval`() {
        let sides = sides([("time", step)], forks: 1)
        let history = MetricHistory.all(of: sides)[0]
        #expect(history.intervals(among: sides).allSatisfy { $0 == nil })
        #expect(history.intervals(among: []).count == 20)
    }

    @Test func `a run without the figure leaves its place free`() {
        var values = step
        values[4] = nil
        let plot = picture(sides([("time", values), ("other", step)])).plot
        let curves = PictureCase.block("curves", of: plot)
        #expect(curves.count == 2)
        let own = PictureCase.block("panels", of: plot).firstIndex { $0[2].contains(" time") }
        let points = PictureCase.block("curve \(own ?? 0)", of: plot).map { $0[0] }
        #expect(!points.contains("5.0") && points.contains("6.0") && points.count == 19)
    }

    @Test func `of many figures those that changed are shown first`() {
        let level: [Double?] = (0..<20).map { index -> Double in 100 + Double(index * 7 % 5) }
        let many = (0..<9).map { ("level\($0)", level) } + [("zulu", step)]
        let plot = picture(sides(many)).plot
        let titles = PictureCase.block("panels", of: plot).map { $0[2] }
        #expect(titles.count == HistoryPicture.mostPanels)
        #expect(titles.contains { $0.contains("zulu") })
        #expect(plot.data.contains("6 of 10 figures"))
    }

    @Test func `histories are drawn, long and short, and hostile text with them`() throws {
        let late = Self.stepped(50, by: -8, at: 6)
        try PictureCase.draw([picture(sides([("time", step)])).plot], "history one")
        try PictureCase.draw(
            [
                picture(sides([("time", step), ("latency", late), ("same", step.map { $0 ?? 1 })]))
                    .plot
            ],
            "history three")
        try PictureCase.draw([picture(sides([("time", [100])])).plot], "history point")
        let hostile = PictureCase.hostile
        let sides = sides([(hostile, step)])
        try PictureCase.draw([picture(sides).plot], "history hostile")
    }

    @Test func `the picture goes into the file that was named`() throws {
        let directory = "\(NSTemporaryDirectory())/history-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let picture = picture(sides([("time", step)]))
        for ending in ["svg", "png"] {
            try picture.draw(to: "\(directory)/It's mine.\(ending)", with: Gnuplot())
        }
        let svg = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/It's mine.svg"))
        let png = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/It's mine.png"))
        #expect(String(decoding: svg.prefix(5), as: UTF8.self) == "<?xml")
        #expect(Array(png.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
        #expect(throws: ReportingError.self) {
            try picture.draw(to: "\(directory)/none/a.svg", with: Gnuplot())
        }
    }
}
