import Foundation
import Measurement
import Quantities
import Testing

@testable import Workloads

/// Workload files that carry commands.
@Suite struct CommandWorkloadTests {
    private static let benchmark = BenchmarkDescription(
        name: "command", summary: "Programs.", parameters: [], metrics: [], processingUnits: 0,
        floor: "nothing")

    private func planner() -> Planner {
        Planner(
            benchmarks: [Self.benchmark, Examples.alpha],
            profiles: [PlanningProfile(name: "auto", fields: ParameterSet())])
    }

    private func message(_ benchmark: String, _ more: String) throws -> String {
        let directory = try TemporaryDirectory([
            "a.yaml": Examples.workload("a", benchmark: benchmark, more)
        ])
        return Examples.message(in: directory) { try Workload(file: "\(directory.path)/a.yaml") }
    }

    @Test func `commands are read, planned and kept when a budget shortens their time`() throws {
        let directory = try TemporaryDirectory([
            "a.yaml": Examples.workload(
                "a", benchmark: "command", "command: 'gzip -9 f'\nvs: \"sh -c 'a; b=c'\"\n",
                forks: 2, time: "10s")
        ])
        let workload = try Workload(file: "\(directory.path)/a.yaml")
        let catalogue = try Catalogue(workloads: [workload], suites: [])
        let selection = try catalogue.selection(names: ["a"])
        let plan = try planner().plan(selection, PlanRequest(budget: .seconds(10)))
        #expect(plan.count == 1)
        #expect(plan[0].commands?.contenders.map(\.text) == ["gzip -9 f", "sh -c 'a; b=c'"])
        #expect(plan[0].commands?.contenders.map(\.name) == ["gzip", "sh"])
        #expect(plan[0].time < 5e9)
    }

    @Test func `the commands of a command line are a workload without a file`() throws {
        let commands = MeasuredCommands(try CommandText("true"))
        let selection = Selection(commands, forks: 8, time: .seconds(2))
        let plan = try planner().plan(selection, PlanRequest(forks: 3))
        #expect(plan.map(\.workload) == ["command"])
        #expect(plan[0].forks == 3)
        #expect(plan[0].commands == commands)
        #expect(throws: (any Error).self) {
            try planner().plan(selection, PlanRequest(settings: ["size=3"]))
        }
    }

    @Test(arguments: [
        ("command", "", "a.yaml:1:1: a workload of the benchmark 'command' without 'command'"),
        ("command", "vs: 'true'\n", "a.yaml:1:1: a workload of the benchmark 'command'"),
        ("alpha", "command: 'true'\n", "a.yaml:7:10: 'command' for the benchmark 'alpha'"),
        ("alpha", "vs: 'true'\n", "a.yaml:7:5: 'vs' for the benchmark 'alpha'"),
        ("command", "command: 'a \"b'\n", "a.yaml:7:10: the quotation mark \" at character 3"),
        ("command", "command: 'true'\nvs: 'a \\'\n", "a.yaml:8:5: the backslash at character 3"),
        ("command", "command: '  '\n", "a.yaml:7:10: an empty command"),
        ("command", "command: [a, b]\n", "a.yaml:7:10: "),
        ("command", "comand: 'true'\n", "unknown key 'comand'"),
    ])
    func `what is wrong with commands is told with its place`(
        benchmark: String, more: String, expected: String
    ) throws {
        let message = try message(benchmark, more)
        #expect(message.contains(expected), "\(message)")
    }
}
