import Quantities
import StrictYAML
import Testing

@testable import Workloads

@Suite struct SelectionTests {
    private let directory: TemporaryDirectory
    private let catalogue: Catalogue

    init() throws {
        directory = try TemporaryDirectory([
            "channel.spsc.latency.yaml": Examples.workload("channel.spsc.latency"),
            "channel.spsc.throughput.yaml": Examples.workload("channel.spsc.throughput"),
            "ring.lookup.yaml": Examples.workload(
                "ring.lookup", "parameters: {size: 5}\nsweep: {delay: [1ms, 2ms]}\n"),
            "suites/quick.yaml": Examples.suite(
                "quick",
                "workloads:\n- {workload: ring.lookup, time: 3s, set: {delay: 9ms}, "
                    + "sweep: {size: [1, 2]}}\n- workload: channel.spsc.latency\n"),
            "mine/extra.yaml": Examples.workload("extra"),
            "mine/few.yaml": Examples.suite("few", "workloads: [{workload: ring.lookup}]\n"),
        ])
        catalogue = try Catalogue(directory: directory.path)
    }

    private func names(_ names: [String], suite: String? = nil) throws -> [String] {
        try catalogue.selection(names: names, suite: suite).items.map(\.workload.name.value)
    }

    private func message(_ names: [String], suite: String? = nil) -> String {
        Examples.message(in: directory) { try catalogue.selection(names: names, suite: suite) }
    }

    @Test func `names and patterns select in the order given, each workload once`() throws {
        #expect(
            try names(["ring.lookup", "channel.*", "*"])
                == ["ring.lookup", "channel.spsc.latency", "channel.spsc.throughput"])
        #expect(try names(["channel.spsc.?atency"]) == ["channel.spsc.latency"])
    }

    @Test func `a file selects what is in it, a workload or a suite`() throws {
        #expect(
            try names(["\(directory.path)/mine/extra.yaml", "ring.*"]) == ["extra", "ring.lookup"])
        #expect(try names(["\(directory.path)/mine/few.yaml"]) == ["ring.lookup"])
        #expect(try names([], suite: "\(directory.path)/mine/few.yaml") == ["ring.lookup"])
    }

    @Test func `a suite overrides what its workloads say`() throws {
        let items = try catalogue.selection(names: [], suite: "quick").items
        #expect(items.map(\.workload.name.value) == ["ring.lookup", "channel.spsc.latency"])
        #expect(items.map(\.time) == [.seconds(3), .seconds(1)])
        #expect(items[0].settings.map(\.name.value) == ["size", "delay"])
        #expect(items[0].settings.map { $0.values.map(\.value) } == [["1", "2"], ["9ms"]])
    }

    @Test func `names with a suite choose among its workloads`() throws {
        #expect(try names(["channel.*"], suite: "quick") == ["channel.spsc.latency"])
        #expect(
            message(["channel.spsc.throughput"], suite: "quick")
                == "no workload 'channel.spsc.throughput' in suite 'quick'; "
                + "expected one of ring.lookup, channel.spsc.latency")
    }

    @Test func `unknown names come with the nearest known ones`() {
        #expect(message(["ring.lokup"]) == "no workload 'ring.lokup'; expected 'ring.lookup'")
        #expect(
            message(["gossip.*", "ring.lookups"]) == """
                no workload 'gossip.*'; expected one of channel.spsc.latency, \
                channel.spsc.throughput, ring.lookup
                no workload 'ring.lookups'; expected 'ring.lookup'
                """)
        #expect(message([], suite: "quik") == "unknown suite 'quik'; expected 'quick'")
        #expect(
            message(["\(directory.path)/none.yaml"])
                == "none.yaml: cannot read it: No such file or directory; expected a readable file")
        #expect(
            message(["ring.look\u{1B}"]) == "no workload 'ring.look\\u{1b}'; expected 'ring.lookup'"
        )
    }

    @Test(arguments: [
        ("*", "", true), ("*", "a.b", true), ("a*c", "abcbc", true), ("a*c", "ab", false),
        ("?", "", false), ("a?c", "abc", true), ("**a**", "bab", true), ("", "", true),
        ("", "a", false), ("ring.*", "ring", false),
    ])
    func `patterns match as in a shell`(pattern: String, name: String, matches: Bool) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }

    @Test func `a hostile pattern takes no exponential time`() {
        let pattern = String(repeating: "*a", count: 200) + "*b"
        #expect(!NamePattern(pattern).matches(String(repeating: "a", count: 2000)))
    }
}
