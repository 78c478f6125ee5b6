import Measurement
import Quantities
import StrictYAML
import Testing

@testable import Workloads

@Suite struct PlannerTests {
    private func selection(
        _ files: [String: String], _ names: [String] = ["*"], suite: String? = nil
    ) throws -> (TemporaryDirectory, Selection) {
        let directory = try TemporaryDirectory(
            files.merging(["suites/none.yaml": Examples.suite("none", "workloads: [{workload: w}]")]
            ) {
                own, _ in own
            })
        let catalogue = try Catalogue(directory: directory.path)
        return (directory, try catalogue.selection(names: suite == nil ? names : [], suite: suite))
    }

    private func plan(
        _ more: String = "", _ request: PlanRequest = PlanRequest()
    ) throws -> [PlannedWorkload] {
        let (_, selection) = try selection(["w.yaml": Examples.workload("w", more)])
        return try Examples.planner().plan(selection, request)
    }

    private func message(
        _ more: String = "", _ request: PlanRequest = PlanRequest(), wait: String = "park"
    ) throws -> String {
        let (directory, selection) = try selection(["w.yaml": Examples.workload("w", more)])
        return Examples.message(in: directory) {
            try Examples.planner(wait: wait).plan(selection, request).map(\.parameters)
        }
    }

    @Test func `every parameter is resolved: file, profile's field, default`() throws {
        let planned = try plan("parameters: {size: 007}\n")
        #expect(planned.map(\.parameters.description) == ["delay=0s;rivals=a,b;size=7;wait=park"])
        #expect(planned.map(\.profile) == ["auto"])
        #expect(planned.map(\.benchmark) == ["alpha"])
        #expect(planned.map(\.forks) == [2])
        #expect(planned.map(\.time) == [1e9])
    }

    @Test func `sweeps are unrolled in the order of the file, the last varying fastest`() throws {
        let planned = try plan("sweep:\n  wait: [spin, park]\n  size: [100, 20, 3]\n")
        #expect(
            planned.map { "\($0.parameters["wait"] ?? "") \($0.parameters["size"] ?? "")" } == [
                "spin 100", "spin 20", "spin 3", "park 100", "park 20", "park 3",
            ])
        #expect(try plan("sweep:\n  wait: [spin, park]\n  size: [100, 20, 3]\n") == planned)
    }

    @Test func `profiles come from the command line, else from the file`() throws {
        func profiles(_ request: PlanRequest) throws -> [String] {
            try plan("profiles: [low-latency]\n", request)
                .map { "\($0.profile) \($0.parameters["wait"] ?? "")" }
        }
        #expect(try profiles(PlanRequest()) == ["low-latency spin"])
        #expect(
            try profiles(PlanRequest(profiles: ["auto", "low-latency"]))
                == ["auto park", "low-latency spin"])
    }

    @Test func `settings of the command line replace values and sweeps, and may sweep`() throws {
        let planned = try plan(
            "sweep: {size: [1, 2]}\n",
            PlanRequest(settings: ["size=5,50", "rivals=c,a", "wait=spin"], forks: 9))
        #expect(
            planned.map(\.parameters.description) == [
                "delay=0s;rivals=c,a;size=5;wait=spin", "delay=0s;rivals=c,a;size=50;wait=spin",
            ])
        #expect(planned.map(\.forks) == [9, 9])
    }

    @Test func `a setting needs one selected benchmark that has it, and touches no other`() throws {
        let (directory, selection) = try selection([
            "w.yaml": Examples.workload("w"), "v.yaml": Examples.workload("v", benchmark: "beta"),
        ])
        let planner = try Examples.planner()
        let planned = try planner.plan(selection, PlanRequest(settings: ["depth=4"]))
        #expect(planned.map { $0.parameters["depth"] } == ["4", nil])
        let message = Examples.message(in: directory) {
            try planner.plan(selection, PlanRequest(settings: ["dept=4", "size=20"]))
        }
        #expect(message == "--set: unknown parameter 'dept'; expected 'depth'")
        #expect(
            Examples.message(in: directory) {
                try planner.plan(selection, PlanRequest(settings: ["size=20"]))
            } == "--set: parameter 'size' with the value '20'; expected a whole number from 1 to 10"
        )
    }

    @Test(arguments: [
        (
            "parameters: {sizes: 3}\n",
            "w.yaml:7:14: unknown parameter 'sizes' of benchmark 'alpha'; expected 'size'"
        ),
        (
            "sweep: {size: [1, 0, x]}\n",
            "w.yaml:7:19: parameter 'size' with the value '0'; expected a whole number from 1 to "
                + "1000\nw.yaml:7:22: parameter 'size' with the value 'x'; expected a whole "
                + "number from 1 to 1000"
        ),
        (
            "sweep: {size: [1, 01]}\n",
            "w.yaml:7:19: '1' twice in the sweep of 'size'; expected each value once"
        ),
        (
            "parameters: {wait: sleep}\n",
            "w.yaml:7:20: parameter 'wait' with the value 'sleep'; expected one of spin, park"
        ),
        (
            "parameters: {rivals: [a, a]}\n",
            "w.yaml:7:22: parameter 'rivals' with the value 'a,a'; expected some of a, b, c, each "
                + "once"
        ),
        (
            "parameters: {delay: 2s}\n",
            "w.yaml:7:21: parameter 'delay' with the value '2s'; expected a time from 0 ns to 1 s"
        ),
        (
            "profiles: [auto, lowlatency]\n",
            "w.yaml:7:18: unknown profile 'lowlatency'; expected 'low-latency'"
        ),
        (
            "profiles: [auto, auto]\n",
            "w.yaml:7:18: profile 'auto' given twice; expected each once"
        ),
    ])
    func `what a benchmark does not take is located`(more: String, expected: String) throws {
        #expect(try message(more) == expected)
    }

    @Test func `an unknown benchmark is located`() throws {
        let (directory, selection) = try selection([
            "w.yaml": Examples.workload("w", benchmark: "alhpa")
        ])
        #expect(
            Examples.message(in: directory) { try Examples.planner().plan(selection) }
                == "w.yaml:4:12: unknown benchmark 'alhpa'; expected 'alpha'")
    }

    @Test func `a profile that cannot give a value is an error, never a default`() throws {
        #expect(
            try message(wait: "doze")
                == "w.yaml:2:7: parameter 'wait' of benchmark 'alpha' left to field 'wait' of "
                + "profile 'auto', which has the value 'doze'; expected one of spin, park")
        let (directory, selection) = try selection(["w.yaml": Examples.workload("w")])
        let planner = Planner(
            benchmarks: [Examples.alpha],
            profiles: [PlanningProfile(name: "bare", fields: ParameterSet())])
        #expect(
            Examples.message(in: directory) { try planner.plan(selection) }
                == "w.yaml:2:7: parameter 'wait' of benchmark 'alpha' left to field 'wait' of "
                + "profile 'bare', which has no value; expected one of spin, park")
    }

    @Test func `bad requests are refused`() throws {
        let cases: [(PlanRequest, String)] = [
            (PlanRequest(forks: 0), "--forks: '0'; expected a whole number from 1 to 1000"),
            (PlanRequest(forks: -3), "--forks: '-3'; expected a whole number from 1 to 1000"),
            (PlanRequest(forks: 1001), "--forks: '1001'; expected a whole number from 1 to 1000"),
            (
                PlanRequest(budget: .milliseconds(999)),
                "--budget: '999 ms'; expected a time from 1 s to 86400 s"
            ),
            (PlanRequest(settings: ["size"]), "--set: 'size'; expected key=value"),
            (PlanRequest(settings: ["size=1=2"]), "--set: 'size=1=2'; expected key=value"),
            (PlanRequest(settings: ["=1"]), "--set: '=1'; expected key=value"),
            (
                PlanRequest(settings: ["size=1", "size=2"]),
                "--set: parameter 'size' given twice; expected each once"
            ),
            (
                PlanRequest(settings: ["size=-1"]),
                "--set: parameter 'size' with the value '-1'; expected a whole number from 1 to "
                    + "1000"
            ),
            (
                PlanRequest(settings: ["size=1,,2"]),
                "--set: parameter 'size' with the value ''; expected a whole number from 1 to 1000"
            ),
            (PlanRequest(profiles: ["atuo"]), "--profile: unknown profile 'atuo'; expected 'auto'"),
        ]
        for (request, expected) in cases { #expect(try message("", request) == expected) }
    }

    @Test func `sweeps that explode are refused before they are unrolled`() throws {
        let values = (1...101).map(String.init).joined(separator: ", ")
        let delays = (1...101).map { "\($0)ms" }.joined(separator: ", ")
        #expect(
            try message("sweep:\n  size: [\(values)]\n  delay: [\(delays)]\n")
                == "w.yaml:2:7: sweeps of 'w' that multiply to more than 10000 measurements; "
                + "expected at most that many in one plan")
    }

    @Test func `plans of absurdly many processes are refused`() throws {
        let values = (1...101).map(String.init).joined(separator: ", ")
        #expect(
            try message("sweep: {size: [\(values)]}\n", PlanRequest(forks: 1000))
                == "a plan of 101000 processes; expected at most 100000")
    }

    @Test func `the same measurement twice in a suite is refused`() throws {
        let (directory, selection) = try selection(
            [
                "w.yaml": Examples.workload("w"),
                "suites/s.yaml": Examples.suite(
                    "s", "workloads:\n- workload: w\n- {workload: w, set: {size: 8}}\n"),
            ], suite: "s")
        #expect(
            Examples.message(in: directory) { try Examples.planner().plan(selection) }
                == "suites/s.yaml:6:14: workload 'w' planned twice with "
                + "delay=0s;rivals=a,b;size=8;wait=park under profile 'auto'; "
                + "expected each combination once")
    }

    @Test func `parameters that contradict each other or the time are refused together`() throws {
        #expect(try plan("sweep: {delay: [0s, 900ms]}\n").count == 2)
        #expect(
            try message("sweep: {delay: [0s, 900ms, 1s]}\n")
                == "w.yaml:2:7: workload 'w': a delay of \(Nanoseconds.seconds(1)) in a time of \(Nanoseconds.seconds(1)); "
                + "expected parameters that can be measured together")
        let short = PlanRequest(budget: .seconds(1.2))
        #expect(
            try message("parameters: {delay: 900ms}\n", short).contains("a delay of 900 ms"),
            "the budget leaves less time than the delay takes")
    }
}
