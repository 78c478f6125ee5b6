import Measurement
import Quantities
import Testing

@testable import Reporting
@testable import Runs

/// What a report says of chains beside quorums.
@Suite struct ReplicationAnswerTests {
    private static let workload = "replication.comparison"

    /// A setting: the gain with its interval, and how busy processors were.
    private struct Setting {
        var replicas = "3"
        var window = "1"
        var gain: (low: Double, value: Double, high: Double)
        var busy: [String: Double] = [:]
        /// Time of etcd for a write over that of the chain.
        var etcd: Double?
    }

    private static func run(_ settings: [Setting]) -> SampleRun {
        var run = SampleRun()
        run.plan(workload, [.throughput])
        for setting in settings {
            let parameters = [
                ("replicas", setting.replicas), ("window", setting.window), ("payload", "16"),
            ]
            func add(
                _ metric: String, _ more: [(String, String)], _ unit: String, _ value: Double,
                _ low: Double? = nil, _ high: Double? = nil
            ) {
                let key = SampleRun.key(workload, metric, parameters + more)
                run.figures.append(
                    Figure(
                        run: run.manifest.run, workload: workload, parameters: key.parameters,
                        profile: key.profile, metric: metric, unit: unit, statistic: "median",
                        value: value, ciLow: low, ciHigh: high, samples: 30, forks: 3,
                        quality: "ok"))
            }
            add("gain", [], "percent", setting.gain.value, setting.gain.low, setting.gain.high)
            add("wait", [], "ratio", 0.9, 0.85, 0.95)
            add("gain-simulated", [], "percent", 12.5)
            if let etcd = setting.etcd {
                let contender = [("contender", "etcd")]
                add("throughput", contender, "ops/s", 50_000 / etcd)
                add("relative", contender, "ratio", etcd, etcd * 0.9, etcd * 1.1)
            }
            for contender in ["chain", "quorum"] {
                add("throughput", [("contender", contender)], "ops/s", 50_000, 49_000, 51_000)
                for (part, share) in setting.busy.sorted(by: { $0.key < $1.key }) {
                    add("busy", [("contender", contender), ("part", part)], "percent", share)
                }
            }
        }
        return run
    }

    private static func answer(_ settings: [Setting]) -> ReplicationAnswer {
        let run = run(settings)
        return ReplicationAnswer(run.figures, manifest: run.manifest)
    }

    @Test func `who is ahead follows from the interval, not from the median`() {
        let answer = Self.answer([
            Setting(window: "1", gain: (-30, -20, -10)), Setting(window: "16", gain: (-2, 9, 20)),
            Setting(window: "256", gain: (1, 9, 20)),
        ])
        #expect(answer.rows.map(\.outcome) == [.quorum, .neither, .chain])
        #expect(answer.rows.map(\.label) == ["window=1", "window=16", "window=256"])
        #expect(
            answer.sentences.first
                == "1 of 3 settings, the chain serves more writes: window=256 (9.00 % [1.00, 20.00])"
        )
        #expect(
            answer.sentences.contains(
                "it flips between window=1 (quorum) and window=256 (chain), undecided at window=16")
        )
        let one = Self.answer([Setting(gain: (1, 2, 3)), Setting(window: "16", gain: (-1, 2, 3))])
        #expect(one.sentences.contains { $0.hasSuffix("where it flips cannot be told") })
    }

    @Test func `it flips between neighbours along one parameter, and only where both are sure`() {
        let flips = Self.answer([
            Setting(replicas: "3", window: "1", gain: (-30, -20, -10)),
            Setting(replicas: "3", window: "16", gain: (10, 20, 30)),
            Setting(replicas: "3", window: "256", gain: (10, 20, 30)),
            Setting(replicas: "5", window: "1", gain: (-1, 0, 1)),
            Setting(replicas: "5", window: "16", gain: (-30, -20, -10)),
            Setting(replicas: "5", window: "256", gain: (-30, -20, -10)),
        ]).sentences.filter { $0.hasPrefix("it flips") }
        #expect(
            flips == [
                "it flips between window=1 (quorum) and window=16 (chain) at replicas=3",
                "it flips between replicas=3 (chain) and replicas=5 (quorum) at window=16",
                "it flips between replicas=3 (chain) and replicas=5 (quorum) at window=256",
            ])
        let none = Self.answer([Setting(gain: (1, 2, 3)), Setting(window: "16", gain: (1, 2, 3))])
        #expect(none.sentences.contains("no parameter was found along which it flips"))
    }

    @Test(arguments: [
        (["busiest-server": 95.0, "servers": 50, "clients": 20], "busiest server"),
        (["busiest-server": 60, "servers": 97, "clients": 20], "processors that servers share"),
        (["busiest-server": 95, "servers": 97, "clients": 92], "the clients' process"),
        (["busiest-server": 60, "servers": 50, "clients": 89], "waiting: no processor is full"),
        (["busiest-server": 60, "servers": 50], "unknown: who is busy was not measured"),
    ])
    func `who bounds it is who has no processor time left`(busy: [String: Double], who: String) {
        let answer = Self.answer([Setting(gain: (1, 2, 3), busy: busy)])
        #expect(answer.rows[0].bound == who)
        #expect(answer.sentences.contains { $0.hasPrefix("bound by \(who): ") })
    }

    @Test func `another store has columns and a sentence where it took turns, and none elsewhere`()
    {
        let settings = [
            Setting(window: "1", gain: (1, 2, 3), etcd: 12.5),
            Setting(window: "16", gain: (1, 2, 3)),
        ]
        let answer = Self.answer(settings)
        #expect(
            answer.sentences.contains(
                "time of etcd for a write over that of the chain: 12.5 × [11.3, 13.8] at window=1"))
        #expect(answer.rows.map { answer.figures(of: $0).count } == [9, 9])
        #expect(answer.figures(of: answer.rows[0])[4]?.value == 4000)
        #expect(answer.figures(of: answer.rows[1])[4] == nil)
        let run = Self.run(settings)
        let content = ReportContent(manifest: run.manifest, figures: run.figures)
        for page in [MarkdownReport(content).text, HTMLReport(content, drawings: [:]).text] {
            #expect(page.contains("etcd [95 % interval]"))
        }
        let without = Self.answer([settings[1]])
        #expect(!without.figureHeadings.contains { $0.contains("etcd") })
        #expect(!without.sentences.contains { $0.contains("etcd") })
    }

    @Test func `a run that has not measured it says nothing of it`() {
        var run = SampleRun()
        run.addLookup()
        #expect(ReplicationAnswer(run.figures, manifest: run.manifest).rows.isEmpty)
        let content = ReportContent(manifest: run.manifest, figures: run.figures)
        #expect(!MarkdownReport(content).text.contains("Chain or quorum"))
        #expect(!HTMLReport(content, drawings: [:]).text.contains("Chain or quorum"))
    }

    @Test func `both pages have the table, the sentences and what predictions mean`() {
        let run = Self.run([
            Setting(window: "1", gain: (-30, -20, -10), busy: ["servers": 97]),
            Setting(window: "256", gain: (10, 20, 30), busy: ["servers": 97]),
        ])
        let content = ReportContent(manifest: run.manifest, figures: run.figures)
        let pages = [MarkdownReport(content).text, HTMLReport(content, drawings: [:]).text]
        for page in pages {
            #expect(page.contains("Chain or quorum") && page.contains("window=256"))
            #expect(page.contains("it flips between window=1"))
            #expect(page.contains("processors that servers share"))
            #expect(page.contains("12.5") && page.contains("at the mean cost that was measured"))
        }
    }
}
