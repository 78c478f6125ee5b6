import Foundation
import Measurement
import Runs
import Testing

@testable import Reporting

/// Set NILOMETER_TEST_PICTURES to a directory to keep the pictures and look at them.
@Suite struct PictureTests {
    private static let hostile = #"a'b"c\n\d`touch pwned`$(touch pwned)@x%s<script>|]"#

    private func plots(of run: SampleRun, machine: String = SampleRun.machine[0]) -> PlotSet {
        PlotSet(
            manifest: run.manifest, machine: machine, figures: run.figures, samples: run.samples,
            distributions: run.distributions, verdicts: run.verdicts)
    }

    /// Writes and draws the pictures of `run`, then hands over the directory they are in.
    private func withPictures(
        _ name: String, of set: PlotSet, _ body: (String) throws -> Void = { _ in }
    ) throws {
        let kept = ProcessInfo.processInfo.environment["NILOMETER_TEST_PICTURES"]
        let around = kept ?? NSTemporaryDirectory() + "/pictures-\(UUID().uuidString)"
        let directory = "\(around)/\(name)"
        try FileManager.default.createDirectory(
            atPath: around, withIntermediateDirectories: true)
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: around) } }
        try set.write(to: directory)
        try set.draw(in: directory, with: Gnuplot())
        for plot in set.plots {
            for ending in ["svg", "png"] {
                let file = "\(directory)/\(plot.picture.name).\(ending)"
                let size = FileManager.default.contents(atPath: file)?.count ?? 0
                #expect(size > 5000, "\(file) has \(size) bytes")
            }
        }
        try body(directory)
    }

    private func everything() -> SampleRun {
        var run = SampleRun()
        run.addChannelLatency(
            contenders: ["nilometer", "atomic-queue", "reader-writer-queue", "boost-lockfree"],
            placements: ["smt", "l3", "far"])
        run.addChannelThroughput(
            contenders: ["nilometer", "atomic-queue", "boost-lockfree"],
            placements: ["smt", "far"])
        run.addLookup()
        run.addBalance()
        run.addAppend()
        run.addLoad()
        run.addMap(units: 8)
        run.addScaling()
        run.addVerdicts()
        return run
    }

    @Test func `every kind of picture is drawn`() throws {
        let set = plots(of: everything())
        // Histories are of many runs.
        #expect(Set(set.plots.map(\.kind)) == Set(PlotKind.allCases).subtracting([.history]))
        try withPictures("all", of: set)
    }

    @Test func `pictures that one process draws are those that it would draw alone`() throws {
        var kinds: Set<PlotKind> = []
        let ones = plots(of: everything()).plots.filter { kinds.insert($0.kind).inserted }
        let gnuplot = try Gnuplot()
        try withPictures("together", of: PlotSet(plots: ones)) { directory in
            func pictures() throws -> [Data] {
                try ones.flatMap { plot in
                    try ["svg", "png"].map { ending in
                        let file = "\(directory)/\(plot.picture.name).\(ending)"
                        return try Data(contentsOf: URL(fileURLWithPath: file))
                    }
                }
            }
            let together = try pictures()
            try PlotSet(plots: ones.reversed()).draw(in: directory, with: gnuplot)
            #expect(try pictures() == together)
            for plot in ones { try gnuplot.run("\(plot.picture.name).gp", in: directory) }
            #expect(try pictures() == together)
        }
    }

    @Test func `of pictures drawn together the one that fails is named`() throws {
        let set = plots(of: everything())
        let broken = set.plots[2].picture.name
        let directory = NSTemporaryDirectory() + "/broken-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try set.write(to: directory)
        try "plot nonsense(\n".write(
            toFile: "\(directory)/\(broken).gp", atomically: true, encoding: .utf8)
        let error = #expect(throws: ReportingError.self) {
            try set.draw(in: directory, with: Gnuplot())
        }
        #expect(error?.description.hasPrefix("gnuplot failed on '\(broken).gp'") == true)
    }

    @Test func `eight contenders with long names are drawn`() throws {
        var run = SampleRun()
        let names = (1...8).map { "contender-with-a-very-long-name-\($0)" }
        run.addChannelLatency(contenders: names, placements: ["l3"])
        run.addChannelThroughput(contenders: names, placements: ["smt", "l3", "far"])
        run.addAppend(engines: names)
        try withPictures("eight", of: plots(of: run))
    }

    @Test func `one contender in one placement is drawn`() throws {
        var run = SampleRun()
        run.addChannelLatency(contenders: ["nilometer"], placements: ["smt"])
        run.addChannelThroughput(contenders: ["nilometer"], placements: ["smt"])
        run.addAppend(engines: ["io_uring"])
        try withPictures("one", of: plots(of: run))
    }

    @Test func `contenders that lie far apart are drawn on a logarithmic axis`() throws {
        var run = SampleRun()
        for (placement, factor) in [("smt", 1.0), ("far", 6)] {
            for (index, contender) in ["ring", "locked-queue", "pipe"].enumerated() {
                let parameters = [("contender", contender), ("placement", placement)]
                run.addSampled(
                    SampleRun.key("channel.spsc.latency", "latency", parameters), "ns",
                    center: factor * [30, 700, 9000][index])
            }
        }
        let set = plots(of: run)
        #expect(set.plots[0].data.contains("median latency\t1.0"))
        try withPictures("apart", of: set)
    }

    @Test func `profiles are drawn side by side`() throws {
        try withPictures("profiles", of: plots(of: ProfileTableTests.run()))
    }

    @Test func `many verdicts are drawn by document`() throws {
        var run = SampleRun()
        run.addVerdicts(extra: 60)
        let set = plots(of: run)
        #expect(set.plots.map(\.picture.name) == ["verdicts-shared-nothing", "verdicts-peer-ring"])
        try withPictures("many", of: set)
    }

    @Test func `text from outside is drawn and never run`() throws {
        var run = SampleRun()
        let hostile = PictureTests.hostile.replacing("=", with: "").replacing(";", with: "")
        run.addChannelLatency(contenders: ["nilometer", hostile], placements: ["smt", "l3"])
        run.addAppend(engines: [hostile, "pwrite"])
        run.addVerdicts()
        run.verdicts = run.verdicts.map { verdict in
            VerdictRecord(
                claim: hostile, document: hostile, section: hostile, subject: hostile,
                metric: hostile, comparator: hostile, claimed: "1\n2\t3", unit: hostile,
                measured: verdict.measured, ciLow: verdict.ciLow, ciHigh: verdict.ciHigh,
                ratio: verdict.ratio, verdict: verdict.verdict, how: "direct", profile: "auto",
                workload: hostile, reason: hostile)
        }
        let machine = "line one\nline two " + hostile
        try withPictures("hostile", of: plots(of: run, machine: machine)) { directory in
            let files = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(!files.contains("pwned"))
            let svg = FileManager.default.contents(atPath: "\(directory)/verdicts.svg")
            let text = String(decoding: svg ?? Data(), as: UTF8.self)
            #expect(!text.contains("<script>"))
            #expect(text.contains("a'b\"c\\n\\d`touch pwned`$(touch"))
        }
    }
}
