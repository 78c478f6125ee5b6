import Foundation
import Quantities
import StrictYAML
import Testing

@testable import Workloads

@Suite struct CatalogueTests {
    private func catalogue(_ files: [String: String]) throws -> (TemporaryDirectory, Catalogue) {
        let directory = try TemporaryDirectory(files)
        return (directory, try Catalogue(directory: directory.path))
    }

    private let suites = ["suites/s.yaml": Examples.suite("s", "workloads: [{workload: a.x}]\n")]

    private func message(_ files: [String: String]) throws -> String {
        let directory = try TemporaryDirectory(files)
        return Examples.message(in: directory) { try Catalogue(directory: directory.path) }
    }

    @Test func `workloads and suites are read in the order of their names`() throws {
        let (_, catalogue) = try catalogue([
            "b.yaml": Examples.workload("b", "parameters: {size: 3, rivals: [c, a]}\n"),
            "a.x.yaml": Examples.workload(
                "a.x", "sweep:\n  size: [1, 2]\n  rivals: [[a, b], c]\nprofiles: [low-latency]\n"),
            "notes.txt": "not a workload", ".hidden.yaml": "neither",
            "suites/s.yaml": Examples.suite(
                "s",
                "budget: 90s\nset-up: 12.5%\nforks: 3\nworkloads:\n"
                    + "- {workload: b, time: 5s, set: {size: 9}}\n- {workload: a.x, forks: 7}\n"),
        ])
        #expect(catalogue.workloads.map(\.name.value) == ["a.x", "b"])
        let a = try #require(catalogue.workload("a.x"))
        #expect(a.settings.map(\.name.value) == ["size", "rivals"])
        #expect(a.settings.map { $0.values.map(\.value) } == [["1", "2"], ["a,b", "c"]])
        #expect(a.profiles.map(\.value) == ["low-latency"])
        #expect(
            catalogue.workload("b")?.settings.map { $0.values.map(\.value) } == [["3"], ["c,a"]])
        let suite = try #require(catalogue.suites.first)
        #expect(suite.budget?.value == .seconds(90))
        #expect(suite.setUp == 0.125)
        #expect(suite.entries.map(\.forks) == [3, 7])
        #expect(suite.entries.map(\.time) == [.seconds(5), nil])
    }

    @Test func `the problems of all files are reported together`() throws {
        let files = [
            "a.yaml": Examples.workload("a", forks: 0),
            "b.yaml": "schema: nilometer/workload/2\n",
            "c.yaml": Examples.workload("d", time: "1ns"),
            "suites/s.yaml": Examples.suite("s", "workload: []\n"),
        ]
        #expect(
            try message(files) == """
                a.yaml:5:8: '0'; expected a whole number from 1 to 1000
                b.yaml:1:9: 'nilometer/workload/2'; expected 'nilometer/workload/1'
                c.yaml:6:7: '1ns'; expected a time from 10 ms to 3600 s, such as '2s'
                suites/s.yaml:1:1: a suite without 'workloads'; expected 'workloads'
                suites/s.yaml:4:1: unknown key 'workload' in a suite; expected 'workloads'
                """)
    }

    @Test func `a name that is not the file's is refused`() throws {
        #expect(
            try message(["c.yaml": Examples.workload("d")].merging(suites) { a, _ in a })
                == "c.yaml:2:7: the name 'd'; expected 'c', as the file is called")
    }

    @Test func `a suite's unknown workload is located and the nearest one named`() throws {
        #expect(
            try message([
                "a.x.yaml": Examples.workload("a.x"),
                "suites/s.yaml": Examples.suite("s", "workloads:\n- workload: a.y\n"),
            ]) == "suites/s.yaml:5:13: unknown workload 'a.y'; expected 'a.x'")
    }

    @Test(arguments: [
        (
            "parameters: {size: 3}\nsweep: {size: [1]}\n",
            "w.yaml:8:9: parameter 'size' fixed and swept; expected one or the other"
        ),
        ("sweep: {size: 3}\n", "w.yaml:7:15: '3'; expected a list of values"),
        ("sweep: {size: []}\n", "w.yaml:7:15: an empty list; expected a list of values"),
        ("parameters: {}\n", "w.yaml:7:13: an empty mapping; expected a mapping of parameters"),
        (
            "parameters: {Size: 3}\n",
            "w.yaml:7:14: 'Size'; expected a name of lower-case letters and digits with '.' or "
                + "'-' between them"
        ),
        (
            "parameters: {size: 'a;b'}\n",
            "w.yaml:7:20: 'a;b'; expected a parameter's value without ';' and '='"
        ),
        ("parameters: {size: {x: 1}}\n", "w.yaml:7:20: a mapping; expected a parameter's value"),
        ("parameters: {size: }\n", "w.yaml:7:20: nothing; expected a parameter's value"),
        ("profiles: auto\n", "w.yaml:7:11: 'auto'; expected a list of profiles"),
        (
            "parameter: {size: 3}\n",
            "w.yaml:7:1: unknown key 'parameter' in a workload; expected 'parameters'"
        ),
    ])
    func `a malformed part of a workload says where and what was expected`(
        part: String, expected: String
    ) throws {
        let directory = try TemporaryDirectory(["w.yaml": Examples.workload("w", part)])
        let message = Examples.message(in: directory) {
            try Workload(file: "\(directory.path)/w.yaml")
        }
        #expect(message == expected)
    }

    @Test func `a directory that cannot be read says so`() {
        #expect(throws: InputProblems.self) { try Catalogue(directory: "/nonexistent") }
        let error = #expect(throws: InputProblems.self) {
            try Catalogue(directory: "/nonexistent")
        }
        #expect(
            error?.description
                == "/nonexistent: cannot list it: No such file or directory; "
                + "expected a readable directory")
    }

    @Test func `the project's own workloads and suites are well formed`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let catalogue = try Catalogue(directory: "\(root)/Workloads")
        #expect(catalogue.suites.map(\.name.value).contains("quick"))
        let full = try catalogue.selection(names: [], suite: "full")
        #expect(
            full.items.map(\.workload.name.value).sorted() == catalogue.workloads.map(\.name.value),
            "the suite 'full' leaves nothing out")
    }
}
