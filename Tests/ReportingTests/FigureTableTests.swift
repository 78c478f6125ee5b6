import Measurement
import Quantities
import Runs
import Testing

@testable import Reporting

@Suite struct FigureTableTests {
    private static let name = "channel.spsc.latency"

    /// Two contenders in two placements, one of them in doubt, with tails and floors.
    private func latencyRun() -> SampleRun {
        var run = SampleRun()
        run.plan(
            FigureTableTests.name, [.latency, .floorRatio, .floor, .relative],
            contenders: ["nilometer", "other"])
        for (placement, floor) in [("smt", 27.0), ("l3", 66.0)] {
            for (index, contender) in ["other", "nilometer"].enumerated() {
                let parameters = [
                    ("payload", "8"), ("contender", contender), ("placement", placement),
                    ("contenders", "nilometer,other"),
                ]
                let key = { SampleRun.key(FigureTableTests.name, $0, parameters) }
                let value = floor * (index == 0 ? 1.5 : 1.1)
                run.add(
                    key("latency"), "ns", "median", value,
                    quality: placement == "l3" && index == 0
                        ? "never steady; cores moved during the window" : "ok")
                run.add(key("floor-ratio"), "ratio", "median", value / floor)
                if index == 0 { run.add(key("relative"), "ratio", "median", 1.36, width: 1) }
                run.add(key("latency"), "ns", "p50", value, samples: 500)
                run.add(key("latency"), "ns", "p99", value * 40, samples: 500)
                run.add(
                    key("latency"), "ns", "p99.9", nil, width: nil, samples: 500,
                    quality: "never steady; n too small: needs 3000")
                run.add(key("latency"), "ns", "max", value * 90, width: nil, samples: 500)
            }
            let key = SampleRun.key(
                FigureTableTests.name, "floor", [("payload", "8"), ("placement", placement)])
            run.add(key, "ns", "median", floor)
        }
        return run
    }

    @Test func `figures are grouped, aligned, marked and explained`() {
        let run = latencyRun()
        let text = FigureTable(run.figures, manifest: run.manifest).text()
        #expect(
            text == """
                channel.spsc.latency  payload=8  profile auto
                contender  placement  metric   median  95 % interval  unit  ÷ floor    relative  doubt
                nilometer  smt        latency    29.7  [29.1, 30.4]   ns       1.10
                other      smt        latency    40.5  [39.7, 41.5]   ns       1.50  1.36 ±0.02
                nilometer  l3         latency    72.6  [71.1, 74.4]   ns       1.10
                other      l3         latency    99.0  [97.0, 101.5]  ns       1.50  1.36 ±0.02  !1 !2
                contender  placement  metric    p50   p99  p99.9   max  unit  doubt
                nilometer  smt        latency  29.7  1190      –  2670  ns    !1
                other      smt        latency  40.5  1620      –  3650  ns    !1
                nilometer  l3         latency  72.6  2900      –  6530  ns    !1
                other      l3         latency  99.0  3960      –  8910  ns    !1
                –: too few samples carry this percentile
                floor: smt 27 ns, l3 66 ns

                !1  never steady
                !2  cores moved during the window

                """)
    }

    @Test func `exact figures, sweeps and profiles have their own columns and groups`() {
        var run = SampleRun()
        let metric = MetricSpecification("moved", .count(of: "keys"), .lower, .exact, "Moved.")
        run.plan("ring.relocation", [metric])
        for nodes in ["100", "10"] {
            run.add(
                SampleRun.key("ring.relocation", "moved", [("nodes", nodes), ("change", "join")]),
                "keys", "exact", 123_457, width: nil)
        }
        run.figures += run.figures.map { figure in
            Figure(
                run: figure.run, workload: figure.workload, parameters: figure.parameters,
                profile: "minimal", metric: figure.metric, unit: figure.unit,
                statistic: figure.statistic, value: 7, samples: 3, forks: 3, quality: "ok")
        }
        let text = FigureTable(run.figures, manifest: run.manifest).text()
        #expect(
            text == """
                ring.relocation  change=join  profile auto
                parameters  metric  median  95 % interval  unit
                nodes=10    moved   123457  exact          keys
                nodes=100   moved   123457  exact          keys

                ring.relocation  change=join  profile minimal
                parameters  metric  median  95 % interval  unit
                nodes=10    moved        7  exact          keys
                nodes=100   moved        7  exact          keys

                """)
    }

    @Test func `no line is wider than asked for, whatever the names`() {
        var run = SampleRun()
        let names = (1...3).map { "漢字-contender-with-a-name-that-goes-on-and-on-and-on-\($0)" }
        run.addChannelLatency(contenders: names, placements: ["smt", "far"])
        for width in [110, 140] {
            let text = FigureTable(run.figures, manifest: run.manifest).text(width: width)
            for line in text.split(separator: "\n") {
                let cells = DisplayText.width(String(line))
                #expect(cells <= width, "\(cells) cells: \(line)")
                #expect(!line.hasSuffix(" "))
            }
            #expect(text.contains("on-1"))
        }
    }

    @Test func `a style sees each part and moves no column`() {
        let run = latencyRun()
        let table = FigureTable(run.figures, manifest: run.manifest)
        let styled = table.text(
            style: TextStyle { part, text in part == .figure ? "<\(text)>" : text })
        #expect(styled.contains("latency    <29.7>  [29.1"))
        #expect(styled.replacing("<", with: "").replacing(">", with: "") == table.text())
    }

    @Test func `control characters of a name do not reach the terminal`() {
        var run = SampleRun()
        run.plan("evil\u{1B}[2J\nname", [.latency], contenders: [])
        run.add(
            SampleRun.key("evil\u{1B}[2J\nname", "latency", [("contender", "\u{1B}]0x\u{7}")]),
            "n\u{1B}s", "median", 3)
        let text = FigureTable(run.figures, manifest: run.manifest).text()
        let controls = text.unicodeScalars.filter {
            $0.properties.generalCategory == .control && $0 != "\n"
        }
        #expect(controls.isEmpty)
    }

    @Test func `without figures there is no text`() {
        #expect(FigureTable([], manifest: SampleRun().manifest).text().isEmpty)
    }
}
