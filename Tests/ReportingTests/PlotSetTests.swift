import Measurement
import Runs
import Testing

@testable import Reporting

@Suite struct PlotSetTests {
    private func plots(of run: SampleRun) -> [Plot] {
        PlotSet(
            manifest: run.manifest, machine: "a machine", figures: run.figures,
            samples: run.samples, distributions: run.distributions, verdicts: run.verdicts
        ).plots
    }

    @Test func `without data there are no pictures`() {
        #expect(plots(of: SampleRun()).isEmpty)
        var run = SampleRun()
        run.add(SampleRun.key("w", "latency", []), "ns", "median", nil, width: nil)
        run.add(SampleRun.key("w", "keys", [("contender", "a")]), "keys", "exact", 3, width: nil)
        #expect(plots(of: run).isEmpty)
    }

    @Test func `data and script of a picture are these bytes`() throws {
        var run = SampleRun()
        run.plan("ring.balance", [])
        for (count, value) in [(10, 31.5), (160, 8.25)] {
            run.add(
                SampleRun.key(
                    "ring.balance", "spread", [("nodes", "7"), ("virtual-nodes", "\(count)")]),
                "percent", "median", value, width: 8, samples: 30)
        }
        let plot = try #require(plots(of: run).first)
        #expect(plot.picture.name == "ring-balance-spread-by-virtual-nodes")
        let lines = plot.data.split(separator: "\n", omittingEmptySubsequences: false)
        let start: [Substring] = [
            "# about: key, value", "kind\tbalance",
            "title\tFrom 10 to 160 virtual nodes the spread of load goes from 31.5\u{A0}% "
                + "to 8.25\u{A0}%; 1/√V gives 31.6\u{A0}% and 7.91\u{A0}%.",
            "subtitle\tring.balance, nodes=7, profile auto\\nRelative standard deviation of the "
                + "nodes' shares: median over seeds with its 95 % interval; n: seeds "
                + "(processes).",
            "foot\ta machine\\nrun 2026-01-02T03-04-05Z-quick, seed 7, version 0.1.0, "
                + "commit 0123456789ab",
            "title-lines\t1.0",
        ]
        #expect(Array(lines[0..<6]) == start)
        let end: [Substring] = [
            "# curves: number, panel, style, legend", "0.0\t0.0\t1.0\tspread, n 30 (3)", "",
            "", "# curve 0: virtual-nodes, value, low, high",
            "10.0\t31.5\t28.98\t34.650000000000006",
            "160.0\t8.25\t7.590000000000001\t9.075000000000001", "",
        ]
        #expect(Array(lines.suffix(8)) == end)
        #expect(
            plot.script.hasPrefix(
                """
                # Draws ring-balance-spread-by-virtual-nodes.svg and \
                ring-balance-spread-by-virtual-nodes.png from \
                ring-balance-spread-by-virtual-nodes.dat:
                #   gnuplot ring-balance-spread-by-virtual-nodes.gp
                data = 'ring-balance-spread-by-virtual-nodes.dat'
                id = 'ring_balance_spread_by_virtual_nodes'

                # Common to all templates
                """))
        #expect(plot.script.hasSuffix(PlotKind.balance.template))
    }

    @Test func `cells are read back as they were`() {
        #expect(PlotData.escaped(#"a\b"c"#) == #"a\\b\042c"#)
        #expect(PlotData.escaped("a\nb\tc\u{1B}d") == "a\\nb c\u{FFFD}d")
        let data = PlotData(about: [("#x", .number(nil)), ("y", .number(-1.5e-9))])
        #expect(data.text == "# about: key, value\n#x\tNaN\ny\t-1.5e-09\n")
    }

    @Test func `names of files are plain and never the same`() {
        #expect(Plot.plainName("Channel.SPSC latency/../x'y") == "channel-spsc-latency-x-y")
        #expect(Plot.plainName("漢字") == "unnamed")
        var run = SampleRun()
        for name in ["a.b", "a-b"] {
            for contender in ["x", "y"] {
                run.addSampled(
                    SampleRun.key(name, "latency", [("contender", contender)]), "ns", center: 50)
            }
        }
        let names = plots(of: run).map(\.picture.name)
        #expect(
            names == [
                "a-b-latency-contenders", "a-b-latency-distribution", "a-b-latency-timeline",
                "a-b-latency-contenders-2", "a-b-latency-distribution-2", "a-b-latency-timeline-2",
            ])
    }

    @Test func `sweeps of two parameters share a picture while their curves can be told apart`() {
        var run = SampleRun()
        for contender in ["a", "b", "c"] {
            for nodes in [10, 100, 1000] {
                for batch in [1, 16] {
                    let parameters = [
                        ("contender", contender), ("nodes", "\(nodes)"), ("batch", "\(batch)"),
                    ]
                    run.add(SampleRun.key("w", "latency", parameters), "ns", "median", 10)
                    if contender != "c" {
                        let rate = parameters + [("wait", "spin")]
                        run.add(SampleRun.key("w", "rate", rate), "ops/s", "median", 10)
                        run.add(
                            SampleRun.key("w", "rate", parameters + [("wait", "park")]), "ops/s",
                            "median", 10)
                    }
                }
            }
        }
        #expect(
            plots(of: run).map(\.picture.name) == ["w-latency-by-nodes", "w-rate-by-nodes"])
        for contender in ["d", "e"] {
            for nodes in [10, 100, 1000] {
                for batch in [1, 16] {
                    run.add(
                        SampleRun.key(
                            "w", "latency",
                            [
                                ("contender", contender), ("nodes", "\(nodes)"),
                                ("batch", "\(batch)"),
                            ]), "ns", "median", 10)
                }
            }
        }
        #expect(
            plots(of: run).map(\.picture.name) == [
                "w-latency-by-nodes-batch-1", "w-latency-by-nodes-batch-16", "w-rate-by-nodes",
            ])
    }

    @Test func `several profiles have pictures of their own`() {
        var run = SampleRun()
        for profile in ["auto", "minimal"] {
            for contender in ["x", "y"] {
                let key = FigureKey(
                    workload: "w", parameters: ParameterSet().with("contender", contender),
                    profile: profile, metric: "latency")
                run.add(key, "ns", "median", 5)
            }
        }
        #expect(
            plots(of: run).map(\.picture.name) == [
                "w-latency-contenders-auto", "w-latency-contenders-minimal",
                "w-latency-contenders-profiles",
            ])
    }

    @Test func `a curve ends where fewer than three values lie beyond`() {
        var distribution = LatencyDistribution()
        for value in 1...1000 { distribution.record(nanoseconds: Double(value)) }
        let points = PlotSource.tailPoints(of: distribution)
        #expect(points.first?.inverse == 1)
        #expect((points.last?.inverse ?? 0) > 300)
        #expect((points.last?.inverse ?? 0) <= 1000.0 / 3)
    }

    @Test func `a cumulative curve keeps the extremes and ends at one`() {
        let points = PlotSource.cumulative((0..<10_000).map { Double($0) }.reversed())
        #expect(points.count == 400)
        #expect(points.first?.value == 0)
        #expect(points.last?.value == 9999)
        #expect(points.last?.share == 1)
        #expect(PlotSource.cumulative([3]).map(\.share) == [1])
    }
}

@Suite struct PlotSentenceTests {
    private func entry(
        _ name: String, _ value: Double, panel: String? = nil, width: Double = 1
    ) -> PlotSentence.Entry {
        .init(panel: panel, name: name, value: value, low: value - width, high: value + width)
    }

    @Test func `the best leads alone only when no interval overlaps its own`() {
        let entries = [entry("a", 10), entry("b", 11.5), entry("c", 20)]
        #expect(PlotSentence.leading(entries, better: .lower) == ["a", "b"])
        #expect(PlotSentence.leading(entries, better: .higher) == ["c"])
    }

    @Test func `leaders are named by panel`() {
        let entries = [
            entry("a", 10, panel: "smt"), entry("b", 20, panel: "smt"),
            entry("a", 50, panel: "far"), entry("b", 50.5, panel: "far"),
        ]
        #expect(
            PlotSentence.leaders(
                entries, quantity: "median latency", unit: "ns", better: .lower)
                == "a has the lowest median latency (smt); a and b share it (far)")
    }

    @Test func `where nobody can lead the figures are named`() {
        let alone = [entry("a", 10, panel: "smt"), entry("a", 50, panel: "far")]
        #expect(
            PlotSentence.leaders(alone, quantity: "median latency", unit: "ns", better: .lower)
                == "Median latency lies at 10\u{A0}ns (a) in smt and at 50\u{A0}ns (a) in far")
        #expect(
            PlotSentence.leaders(
                [entry("a", 10), entry("b", 30)], quantity: "p99 time", unit: "ns",
                better: .neither) == "p99 time lies between 10\u{A0}ns (a) and 30\u{A0}ns (b)")
    }

    @Test func `many names are cut short`() {
        #expect(PlotSentence.shortList(["a", "b", "c", "d"]) == "a, b, c and d")
        #expect(PlotSentence.shortList(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more")
    }
}
