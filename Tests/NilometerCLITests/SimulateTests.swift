import Foundation
import Glibc
import Testing

/// `nilometer simulate` as a user runs it.
@Suite struct SimulateTests {
    private static let protocols = ["gossip", "token", "chain", "quorum", "coordinators", "ring"]

    /// Options that make a run short.
    private static func short(_ subject: String) -> [String] {
        let duration = ["gossip", "ring"].contains(subject) ? "6s" : "300ms"
        return ["simulate", subject, "--nodes", "3", "--runs", "2", "--duration", duration]
    }

    private struct Document: Decodable {
        struct Figure: Decodable {
            let name: String
            let unit: String
            let median: Double?
        }
        let schema: String
        let seed: UInt64
        let verdict: String
        let ending: String
        let faults: [String]
        let figures: [Figure]
    }

    @Test(arguments: protocols)
    func `the same seed gives the same bytes in two processes`(subject: String) throws {
        let tool = try Tool()
        defer { tool.remove() }
        for form in [[], ["--json"]] {
            let crash = ["--seed", "7", "--crash", "random@100ms+100ms"]
            let options = Self.short(subject) + crash + form
            let (first, second) = (try tool.run(options), try tool.run(options))
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.output == second.output && !first.output.isEmpty)
            #expect(first.errors.isEmpty)
            let other = try tool.run(Self.short(subject) + ["--seed", "8"] + form)
            #expect(other.output != first.output)
        }
    }

    @Test(arguments: protocols, ["1", "2"])
    func `one and two members are simulated`(subject: String, nodes: String) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(
            Self.short(subject) + ["--nodes", nodes, "--json", "--seed", "1"])
        #expect(result.status == 0, "\(result.errors)")
        let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
        #expect(document.schema == "nilometer/simulation/1")
        // Who is alone has nobody to be wrong about.
        let isAlone = subject == "gossip" && nodes == "1"
        #expect(document.verdict == (isAlone ? "unchecked" : "safe"))
        #expect(!document.figures.isEmpty && document.ending == "complete")
    }

    @Test func `a seed that was drawn is printed, and repeats the run`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let first = try tool.run(Self.short("quorum") + ["--json"])
        let document = try JSONDecoder().decode(Document.self, from: Data(first.output.utf8))
        let again = try tool.run(Self.short("quorum") + ["--json", "--seed", "\(document.seed)"])
        #expect(again.output == first.output)
    }

    @Test func `faults of options and of a file are carried out, and stand in the report`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = try tool.write(
            "faults.txt", "# a night\n\n100ms crash n2 tears\n300ms restart n2 # back\n")
        let result = try tool(
            "simulate", "chain", "--runs", "1", "--seed", "3", "--json", "--duration", "2s",
            "--schedule", file, "--partition", "minority@500ms+100ms", "--crash", "tail@1s+200ms")
        #expect(result.status == 0, "\(result.errors)")
        let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
        #expect(document.faults.count == 5)
        #expect(document.figures.contains { $0.name == "failover" && $0.median != nil })
    }

    @Test(arguments: [
        (["gosip"], "gossip"), (["chain", "--nodes", "0"], "expected 1 to 31"),
        (["chain", "--nodes=-1"], "expected 1 to 31"), (["gossip", "--nodes", "10001"], "10000"),
        (["chain", "--loss", "1.5"], "0 to 1"), (["chain", "--loss=-0.1"], "0 to 1"),
        (["chain", "--loss", "nan"], "0 to 1"), (["chain", "--loss", "x"], "--loss"),
        (["chain", "--rtt=-1ms"], "--rtt"), (["chain", "--rtt", "5"], "--rtt"),
        (["chain", "--rtt", "0ms"], "round trip"), (["chain", "--duration", "0s"], "duration"),
        (["chain", "--runs", "0"], "--runs"),
        (["chain", "--crash", "leader"], "head, middle, tail"),
        (["chain", "--crash", "n9"], "n0 to n5"), (["chain", "--crash", "boss"], "--crash"),
        (["chain", "--crash", "n1@never"], "--crash"), (["chain", "--crash", "n1@9s"], "duration"),
        (["quorum", "--crash", "n1 loses"], "without their disks"),
        (["chain", "--nodes", "2", "--partition", "minority"], "at least 3"),
        (["chain", "--partition", "n0|x"], "--partition"),
        (["chain", "--partition", ""], "two groups"),
        (["chain", "--partition", "n0"], "two groups"),
        (["chain", "--rtt", "10days"], "a time such as"),
        (["chain", "--duration", "300years"], "nor of years"),
        (["chain", "--costs", "free"], "--costs"),
        (["chain", "--costs", "send=1us,send=2us"], "--costs"),
        (["chain", "--costs", "send=fast"], "--costs"),
        (["chain", "--schedule", "/nonexistent"], "/nonexistent"),
    ])
    func `bad usage is named and exits with 2`(arguments: [String], named: String) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(["simulate"] + arguments)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains(named), "\(result.errors)")
        #expect(result.output.isEmpty && !result.errors.contains("Fatal error"))
    }

    @Test(arguments: [
        ("1s crash n0\n2s crsh n1\n", ":2: ", "crash, restart"),
        ("\n\nsoon crash n0\n", ":3: ", "a time such as"),
        ("1s crash n0 n1\n", ":1: ", "keeps, loses or tears"),
        ("1s crash n0\n1s crash n12\n", ":2: ", "n0 to n2"),
        ("1s network loss=7\n", ":1: ", "0 to 1"),
        ("1s crash n0\n1s partition\n", ":2: ", "two groups"),
        ("1s partition n0 |\n", ":1: ", "two groups"),
    ])
    func `a malformed schedule is refused with its file and line`(
        text: String, place: String, expected: String
    ) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = try tool.write("faults.txt", text)
        let result = try tool("simulate", "quorum", "--schedule", file)
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errors.contains(file + place), "\(result.errors)")
        #expect(result.errors.contains(expected), "\(result.errors)")
    }

    @Test func `costs that were measured repeat the run in the form in which they are printed`()
        throws
    {
        let tool = try Tool()
        defer { tool.remove() }
        let options = Self.short("quorum") + ["--seed", "1"]
        let result = try tool.run(options + ["--costs", "measured", "--path", tool.directory])
        #expect(result.status == 0, "\(result.errors)")
        let mark = try #require(result.output.range(of: "--costs "))
        let form = result.output[mark.upperBound...].prefix { !$0.isNewline }
        let again = try tool.run(options + ["--costs", String(form)])
        #expect(again.status == 0, "\(again.errors)")
        let tail = { (text: String) in text.split(separator: "\n").suffix(20) }
        #expect(tail(again.output) == tail(result.output))
    }

    @Test func `a folder is written like that of a run, and read again`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run(Self.short("chain") + ["--seed", "1", "--output", results])
        #expect(result.status == 0, "\(result.errors)")
        let rows = try String(contentsOfFile: "\(results)/latest/results.csv", encoding: .utf8)
        #expect(rows.contains("simulate.chain") && rows.contains(",write,"))
        let samples = try String(contentsOfFile: "\(results)/latest/samples.csv", encoding: .utf8)
        #expect(samples.contains("simulate.chain"))
        let plots = try FileManager.default.contentsOfDirectory(atPath: "\(results)/latest/plots")
        #expect(plots.contains { $0.hasSuffix(".dat") })
        let report = try tool("report", "\(results)/latest", "--verify")
        #expect(report.status == 0, "\(report.errors)\(report.output)")
    }

    @Test func `a run that is interrupted ends with 130 and says how far it came`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(
            ["simulate", "quorum", "--runs", "100000", "--duration", "200ms"]
        ) { process in
            // Until it listens, a signal would end it at once.
            let status = "/proc/\(process)/status"
            while true {
                let text = (try? String(contentsOfFile: status, encoding: .utf8)) ?? ""
                let line = text.split(separator: "\n").first { $0.hasPrefix("SigCgt:") } ?? ""
                let caught = UInt64(line.split(separator: "\t").last ?? "", radix: 16) ?? 0
                if caught & 1 << UInt64(SIGINT - 1) != 0 || text.isEmpty { break }
                usleep(1_000)
            }
            kill(process, SIGINT)
        }
        #expect(result.status == 130, "\(result.errors)")
        #expect(result.errors.contains("interrupted"))
        #expect(!result.errors.contains("Fatal error"))
    }

    @Test func `help says what can be simulated and how faults are written`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool("simulate", "--help")
        #expect(result.status == 0)
        for word in Self.protocols + [
            "--crash", "--partition", "--schedule", "--costs", "Exit codes",
        ] {
            #expect(result.output.contains(word), "\(word)")
        }
    }
}
