import Foundation
import Measurement
import Quantities
import Statistics
import Testing

@testable import Reporting
@testable import Runs

@Suite struct HeatmapTests {
    private func plot(_ run: SampleRun) throws -> Plot {
        let plots = PictureCase.plots(of: run).plots
        return try #require(plots.first { $0.kind == .heatmap })
    }

    private func block(_ name: String, of plot: Plot) -> [[Substring]] {
        PictureCase.block(name, of: plot)
    }

    @Test func `a map has a cell for every pair and names the extremes`() throws {
        let plot = try plot(PictureCase.map(4))
        let cells = block("cells", of: plot)
        #expect(cells.count == 6)
        // The least is at the light end of the scale, the most at the dark one.
        let shares = cells.compactMap { Double($0[2]) }
        #expect(shares.min() == 0 && shares.max() == 1)
        #expect(plot.picture.name == "machine-core-to-core-transfer-map")
        #expect(plot.picture.title.hasPrefix("Median transfer between two processing units: from "))
        #expect(block("units", of: plot).map { $0[1] } == ["0", "1", "2", "3"])
        let relations = block("relations", of: plot)
        #expect(relations.map { $0[0] } == ["smt-siblings", "shared-l3"])
        #expect(relations.map { $0[1] } == ["2 pairs", "4 pairs"])
    }

    @Test func `two units make one cell with its interval`() throws {
        let plot = try plot(PictureCase.map(2))
        let cells = block("cells", of: plot)
        #expect(cells.count == 1)
        #expect(cells[0][6].contains(" ns") && cells[0][7].hasPrefix("["))
        #expect(!plot.picture.title.contains("from "))
    }

    @Test func `numbers leave the cells that they do not fit into`() throws {
        let some = block("cells", of: try plot(PictureCase.map(16)))
        #expect(some.allSatisfy { !$0[6].isEmpty && $0[7].isEmpty })
        let many = try plot(PictureCase.map(64))
        #expect(block("cells", of: many).allSatisfy { $0[6].isEmpty })
        #expect(block("units", of: many).count == 16)
    }

    @Test func `noise is not spread over the whole scale`() {
        let scale = HeatScale(low: 100, high: 101)
        #expect(scale.share(101) < 0.11)
        let wide = HeatScale(low: 10, high: 1000)
        #expect(abs(wide.share(100) - 0.5) < 1e-9)
    }

    @Test func `pairs that differ in something else have no map`() {
        var run = SampleRun()
        for size in ["1", "2"] {
            run.add(
                SampleRun.key("w", "transfer", [("from", "0"), ("to", "1"), ("size", size)]), "ns",
                "median", 5)
        }
        #expect(!PictureCase.plots(of: run).plots.contains { $0.kind == .heatmap })
    }
}

@Suite struct ScalingPictureTests {
    private func scaling(_ run: SampleRun) -> [Plot] {
        PictureCase.plots(of: run).plots.filter { $0.kind == .scaling }
    }

    @Test(arguments: ["processes", "threads", "workers", "callers"])
    func `a rate over numbers of workers has the law that made it`(parameter: String) throws {
        var run = SampleRun()
        run.addScaling(parameter: parameter)
        let plot = try #require(scaling(run).first)
        #expect(plot.picture.name == "storage-append-scaling-throughput-scaling-by-\(parameter)")
        let panel = try #require(PictureCase.block("panels", of: plot).first)
        let title = panel[2]
        #expect(title.contains("α 0.0") && title.contains("β 0.00"))
        #expect(title.contains("R² 1.00") || title.contains("R² 0.99"))
        // √((1 − 0.05) / 0.002) = 21.8.
        let marks = try #require(PictureCase.block("marks", of: plot).first)
        #expect(marks[0] == "16.0")
        #expect(try abs(#require(Double(marks[2])) - 21.8) < 4)
        #expect(plot.picture.title.contains("perfect scaling would give ×16.0"))
    }

    @Test func `the law is drawn beyond the data, and where the data ends is marked`() throws {
        var run = SampleRun()
        run.addScaling()
        let plot = try #require(scaling(run).first)
        let law = PictureCase.block("law 0", of: plot).compactMap { Double($0[0]) }
        #expect(law.contains(16) && (law.last ?? 0) > 20)
        #expect(law == law.sorted())
    }

    @Test func `the law drawn is the one fitted to the figures, with their intervals`() throws {
        var run = SampleRun()
        run.addScaling()
        let points = run.figures.filter { $0.metric == "throughput" && $0.statistic == "median" }
            .compactMap { figure -> ScalabilityPoint? in
                guard let x = figure.parameters["processes"].flatMap(Double.init),
                    let value = figure.value, let low = figure.ciLow, let high = figure.ciHigh
                else { return nil }
                return ScalabilityPoint(
                    concurrency: x, throughput: value,
                    interval: ConfidenceInterval(low: low, high: high, confidence: 0.95))
            }
        #expect(points.count == 5)
        let fit = try #require(ScalabilityFit(points))
        let plot = try #require(scaling(run).first)
        let drawn = PictureCase.block("law 0", of: plot).map { $0.compactMap { Double($0) } }
        #expect(drawn.allSatisfy { $0.count == 5 && $0[2] < $0[1] && $0[1] < $0[3] })
        for row in drawn {
            let (value, interval) = fit.prediction(at: row[0])
            // Between the positions where the interval is calculated it is interpolated.
            for (drawn, exact) in zip(row[1...3], [value, interval.low, interval.high]) {
                #expect(abs(drawn / exact - 1) < 0.02, "\(drawn) for \(exact) at \(row[0])")
            }
        }
    }

    @Test func `a law through figures without intervals has none`() throws {
        var run = SampleRun()
        for (count, rate) in [(1, 10.0), (2, 18), (4, 31), (8, 45)] {
            run.add(
                SampleRun.key("w", "throughput", [("threads", "\(count)")]), "ops/s", "median",
                rate, width: nil)
        }
        let plot = try #require(scaling(run).first)
        #expect(!PictureCase.block("panels", of: plot)[0][2].contains("["))
        let drawn = PictureCase.block("law 0", of: plot).map { $0.map { Double($0) } }
        #expect(drawn.allSatisfy { $0[1] != nil && !($0[2] ?? .nan > 0) && !($0[3] ?? .nan > 0) })
        try PictureCase.draw([plot], "no intervals")
    }

    @Test func `two numbers, a time or another parameter make no such picture`() {
        var two = SampleRun()
        two.addScaling([1, 2])
        #expect(scaling(two).isEmpty)
        var other = SampleRun()
        other.addScaling(parameter: "nodes")
        #expect(scaling(other).isEmpty)
        var time = SampleRun()
        for count in [1, 2, 4, 8] {
            time.add(
                SampleRun.key("w", "latency", [("threads", "\(count)")]), "ns", "median", 10)
        }
        #expect(scaling(time).isEmpty)
    }

    @Test func `without samples enough the points stand without a law`() throws {
        var run = SampleRun()
        for count in [1, 2, 4] {
            run.add(
                SampleRun.key("w", "throughput", [("threads", "\(count)")]), "ops/s", "median",
                10 * Double(count))
        }
        let plot = try #require(scaling(run).first)
        #expect(PictureCase.block("panels", of: plot)[0][2].contains("no law fitted"))
        try PictureCase.draw([plot], "no law")
    }
}

/// What the tests of single kinds of picture share.
enum PictureCase {
    static func map(_ units: Int) -> SampleRun {
        var run = SampleRun()
        run.addMap(units: units)
        return run
    }

    static func plots(of run: SampleRun) -> PlotSet {
        PlotSet(
            manifest: run.manifest, machine: SampleRun.machine[0], figures: run.figures,
            samples: run.samples, distributions: run.distributions, verdicts: run.verdicts)
    }

    /// The rows of the block `name` of a plot's data.
    static func block(_ name: String, of plot: Plot) -> [[Substring]] {
        let blocks = plot.data.components(separatedBy: "\n\n\n")
        guard let own = blocks.first(where: { $0.hasPrefix("# \(name): ") }) else { return [] }
        return own.split(separator: "\n").dropFirst().map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
    }

    /// Draws `plots` twice and holds the bytes against each other. NILOMETER_TEST_PICTURES keeps
    /// them.
    static func draw(_ plots: [Plot], _ name: String) throws {
        let kept = ProcessInfo.processInfo.environment["NILOMETER_TEST_PICTURES"]
        let around = kept ?? NSTemporaryDirectory() + "/drawn-\(UUID().uuidString)"
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: around) } }
        let directory = "\(around)/\(Plot.plainName(name))"
        try FileManager.default.createDirectory(
            atPath: around, withIntermediateDirectories: true)
        let set = PlotSet(plots: plots)
        try set.write(to: directory)
        var drawn: [[Data]] = []
        for _ in 0..<2 {
            try set.draw(in: directory, with: Gnuplot())
            drawn.append(
                try plots.flatMap { plot in
                    try ["svg", "png"].map { ending in
                        let path = "\(directory)/\(plot.picture.name).\(ending)"
                        let data = try Data(contentsOf: URL(fileURLWithPath: path))
                        #expect(data.count > 5000, "\(path) has \(data.count) bytes")
                        return data
                    }
                })
        }
        #expect(drawn[0] == drawn[1])
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(!files.contains("pwned"))
    }

    static let hostile = #"a'b"c\n\d`touch pwned`$(touch pwned)@x%s<script>|]"#
}

/// The newer kinds are drawn by gnuplot, ordinary ones and extreme ones.
@Suite struct DrawnKindsTests {
    @Test(arguments: [2, 4, 8, 16, 64, 128])
    func `maps of all sizes are drawn`(units: Int) throws {
        var run = SampleRun()
        run.addMap(units: units, quality: "in doubt")
        let plots = PictureCase.plots(of: run).plots.filter { $0.kind == .heatmap }
        #expect(plots.count == 1)
        try PictureCase.draw(plots, "map \(units)")
    }

    @Test func `maps with hostile text are drawn and run nothing`() throws {
        var run = SampleRun()
        run.plan(PictureCase.hostile, [])
        let text = PictureCase.hostile
        for (from, to) in [(0, 1), (0, 2), (1, 2)] {
            run.add(
                SampleRun.key(
                    text, "transfer", [("from", "\(from)"), ("to", "\(to)"), ("relation", text)]),
                "ns", "median", 10 + Double(from + to))
        }
        try PictureCase.draw(PictureCase.plots(of: run).plots, "map hostile")
    }

    @Test func `laws that peak, saturate and grow for ever are drawn`() throws {
        for (name, contention, coherency) in [
            ("peak", 0.02, 0.004), ("saturate", 0.2, 0.0), ("linear", 0.0, 0.0),
            ("retrograde", 0.9, 0.3),
        ] {
            var run = SampleRun()
            run.addScaling(contention: contention, coherency: coherency)
            let plots = PictureCase.plots(of: run).plots.filter { $0.kind == .scaling }
            #expect(plots.count == 1)
            try PictureCase.draw(plots, "scaling \(name)")
        }
    }

    @Test func `many contenders and wide sweeps are drawn`() throws {
        var run = SampleRun()
        run.addScaling(
            [1, 8, 64, 256], contention: 0.01, coherency: 0.0001, parameter: "callers",
            contenders: [PictureCase.hostile.replacing(";", with: ""), "each-for-itself"]
                + (1...6).map { "contender-with-a-very-long-name-\($0)" })
        let plots = PictureCase.plots(of: run).plots.filter { $0.kind == .scaling }
        #expect(plots.count == 1)
        #expect(PictureCase.block("panels", of: plots[0]).count == 6)
        try PictureCase.draw(plots, "scaling many")
    }
}
