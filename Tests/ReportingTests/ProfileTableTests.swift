import Measurement
import Quantities
import Testing

@testable import Reporting
@testable import Runs

@Suite struct ProfileTableTests {
    /// One workload under three profiles; the second is faster, the third like the first.
    static func run() -> SampleRun {
        var run = SampleRun()
        run.plan("channel.spsc.latency", [.latency, .floor], contenders: ["nilometer", "pipe"])
        let names = ["low-latency", "performance", "balanced"]
        run.manifest.profiles = names.map { .init(name: $0, fields: ParameterSet()) }
        for (name, factor) in zip(names, [1, 0.5, 1.01]) {
            for (contender, center) in [("nilometer", 100.0), ("pipe", 9000)] {
                for metric in ["latency", "floor", "counter.instructions"] {
                    let key = FigureKey(
                        workload: "channel.spsc.latency",
                        parameters: ParameterSet().with("contender", contender)
                            .with("payload", "8"), profile: name, metric: metric)
                    if metric == "latency" {
                        run.addSampled(key, "ns", center: center * factor, spread: 0.01)
                    } else {
                        run.add(key, "ns", "median", center * factor)
                    }
                }
            }
        }
        return run
    }

    @Test func `profiles are columns, in the order of the run, with ratios to the first`() throws {
        let run = Self.run()
        let groups = ProfileTable(run.figures, manifest: run.manifest).groups
        let group = try #require(groups.first)
        #expect(groups.count == 1)
        #expect(group.profiles == ["low-latency", "performance", "balanced"])
        let row = try #require(group.rows.first)
        #expect(row.label == "nilometer" && row.metric == "latency")
        #expect(row.cells[0].ratio.isEmpty)
        #expect(row.cells[1].ratio.hasPrefix("×0.5") || row.cells[1].ratio.hasPrefix("×0.49"))
        #expect(row.cells[2].ratio.hasPrefix("≈ ×1.0"))
        #expect(!group.rows.contains { $0.metric == "floor" })
    }

    @Test func `one profile makes no table`() {
        var run = SampleRun()
        run.addLookup()
        let table = ProfileTable(run.figures, manifest: run.manifest)
        #expect(table.groups.isEmpty && table.text().isEmpty)
    }

    @Test func `a profile that lacks a figure has a dash`() throws {
        var run = Self.run()
        run.figures.removeAll { $0.profile == "performance" && $0.key.contender == "pipe" }
        let table = ProfileTable(run.figures, manifest: run.manifest)
        let row = try #require(table.groups[0].rows.first { $0.label == "pipe" })
        #expect(row.cells[1].description == "–")
        #expect(table.text().contains("–"))
    }

    @Test func `the terminal, the page and Markdown have the table`() {
        let run = Self.run()
        let content = ReportContent(manifest: run.manifest, figures: run.figures)
        let table = ProfileTable(run.figures, manifest: run.manifest)
        #expect(table.text().contains("low-latency"))
        #expect(
            table.text().split(separator: "\n").allSatisfy { DisplayText.width(String($0)) < 111 })
        #expect(MarkdownReport(content).text.contains("| low-latency | performance | balanced |"))
        let page = HTMLReport(content, drawings: [:]).text
        #expect(page.contains("<th scope=\"col\" class=\"figure\">performance</th>"))
        #expect(MarkupBalance.problem(in: page) == nil)
    }

    @Test func `the profiles are drawn side by side`() {
        let run = Self.run()
        let set = PlotSet(
            manifest: run.manifest, machine: "", figures: run.figures, samples: run.samples,
            distributions: [:], verdicts: [])
        let names = set.plots.map(\.picture.name)
        #expect(names.contains("channel-spsc-latency-contenders-profiles"))
        #expect(names.contains("channel-spsc-latency-distribution-profiles"))
        #expect(!names.contains { $0.contains("counter") })
        let bars = set.plots.first { $0.picture.name.hasSuffix("contenders-profiles") }
        #expect(bars?.data.contains("performance, nilometer") == true)
    }

    /// A workload whose wait strategy and capacity the profiles set.
    private static func wakeups() -> SampleRun {
        var run = SampleRun()
        run.plan(
            "channel.wakeup",
            [
                .latency,
                MetricSpecification(
                    "idle-cpu", .percent, .lower, .sampled, "Of a core, while it waits."),
            ], contenders: ["nilometer", "futex"])
        let profiles = [
            ("low-latency", "busy-spin", "512", 90.0, 100.0),
            ("production", "spin-then-park", "4096", 9000, 0.4),
        ]
        run.manifest.profiles = profiles.map { .init(name: $0.0, fields: ParameterSet()) }
        for (profile, wait, capacity, latency, idle) in profiles {
            for contender in ["nilometer", "futex"] {
                let parameters = ParameterSet().with("contender", contender).with("wait", wait)
                    .with("capacity", capacity).with("gap", "1000")
                let key = FigureKey(
                    workload: "channel.wakeup", parameters: parameters, profile: profile,
                    metric: "latency")
                run.addSampled(key, "ns", center: latency)
                run.add(key, "ns", "p99", latency * 3)
                run.add(key.with(metric: "idle-cpu"), "percent", "median", idle)
            }
        }
        return run
    }

    @Test func `what profiles set stands above what it comes to`() throws {
        let run = Self.wakeups()
        let table = ProfileTable(run.figures, manifest: run.manifest)
        let group = try #require(table.groups.first)
        #expect(group.settings.map(\.name) == ["capacity", "wait"])
        #expect(
            group.settings.map(\.values) == [["512", "4096"], ["busy-spin", "spin-then-park"]])
        #expect(
            group.rows.map { "\($0.label) \($0.metric)" } == [
                "nilometer latency", "nilometer latency p99", "futex latency",
                "futex latency p99", "nilometer idle-cpu", "futex idle-cpu",
            ])
        #expect(group.rows[0].cells[1].ratio.hasPrefix("×"))
        #expect(table.text().contains("spin-then-park"))
        let content = ReportContent(manifest: run.manifest, figures: run.figures)
        #expect(MarkdownReport(content).text.contains("busy-spin | spin-then-park |"))
        let page = HTMLReport(content, drawings: [:]).text
        #expect(page.contains("spin-then-park") && MarkupBalance.problem(in: page) == nil)
    }

    @Test func `pictures of profiles hold the settings in the subtitle, and the costs too`() throws
    {
        let run = Self.wakeups()
        let plots = PictureCase.plots(of: run).plots
        let names = plots.map(\.picture.name)
        #expect(names.contains("channel-wakeup-latency-contenders-profiles"))
        #expect(names.contains("channel-wakeup-idle-cpu-contenders-profiles"))
        let bars = try #require(
            plots.first { $0.picture.name == "channel-wakeup-latency-contenders-profiles" })
        #expect(bars.data.contains("low-latency: capacity=512 wait=busy-spin"))
        let rows = PictureCase.block("bars of panel 0", of: bars)
        #expect(
            rows.map { $0[6] } == [
                "low-latency, nilometer", "production, nilometer", "low-latency, futex",
                "production, futex",
            ])
        #expect(rows[0][9] == "1.00" && (Double(rows[1][9]) ?? 0) > 50)
    }

    @Test func `a parameter that is swept under each profile is no setting`() {
        let keys = ["a", "b"].flatMap { profile in
            ["1", "2"].map { count in
                FigureKey(
                    workload: "w",
                    parameters: ParameterSet().with("nodes", count)
                        .with("wait", profile), profile: profile, metric: "m")
            }
        }
        #expect(ProfileSettings(of: keys).names == ["wait"])
        #expect(ProfileSettings(of: keys.filter { $0.profile == "a" }).names.isEmpty)
        #expect(ProfileSettings(of: []).names.isEmpty)
    }
}
