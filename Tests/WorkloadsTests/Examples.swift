import Measurement
import Quantities
import StrictYAML
import Workloads

/// Benchmarks, profiles and files that the tests of planning share.
enum Examples {
    static let alpha = BenchmarkDescription(
        name: "alpha", summary: "An example.",
        parameters: [
            ParameterSpecification("size", "How large.", .integer(1...1000), default: "8"),
            ParameterSpecification(
                "wait", "How to wait.", .choice(["spin", "park"]), default: "spin",
                profileField: "wait"),
            ParameterSpecification(
                "rivals", "Who competes.", .subset(of: ["a", "b", "c"]), default: "a,b"),
            ParameterSpecification(
                "delay", "How late.", .duration(.zero ... .seconds(1)), default: "0s"),
        ], metrics: [MetricSpecification("time", .nanoseconds, .lower, .sampled, "A time.")],
        processingUnits: 1, floor: "nothing",
        contradiction: { parameters, time in
            guard let delay = parameters["delay"], let late = try? Nanoseconds(parsing: delay),
                late >= time
            else { return nil }
            return "a delay of \(late) in a time of \(time)"
        })

    static let beta = BenchmarkDescription(
        name: "beta", summary: "Another.",
        parameters: [
            ParameterSpecification("size", "How large.", .integer(1...10), default: "1"),
            ParameterSpecification("depth", "How deep.", .integer(0...9), default: "0"),
        ], metrics: [], processingUnits: 1, floor: "nothing")

    static func planner(wait: String = "park") throws -> Planner {
        Planner(
            benchmarks: [alpha, beta],
            profiles: [
                PlanningProfile(name: "auto", fields: try ParameterSet([("wait", wait)])),
                PlanningProfile(name: "low-latency", fields: try ParameterSet([("wait", "spin")])),
            ])
    }

    static func workload(
        _ name: String, benchmark: String = "alpha", _ more: String = "", forks: Int = 2,
        time: String = "1s"
    ) -> String {
        """
        schema: nilometer/workload/1
        name: \(name)
        summary: A workload.
        benchmark: \(benchmark)
        forks: \(forks)
        time: \(time)

        """ + more
    }

    static func suite(_ name: String, _ more: String) -> String {
        "schema: nilometer/suite/1\nname: \(name)\nsummary: A suite.\n" + more
    }

    /// The message of the error that `body` throws, without the directory's path.
    static func message<Result>(
        in directory: TemporaryDirectory, _ body: () throws -> Result
    ) -> String {
        do {
            return "no error: \(try body())"
        } catch {
            return "\(error)".replacing(directory.path + "/", with: "")
        }
    }
}
