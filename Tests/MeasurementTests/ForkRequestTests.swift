import Counters
import Quantities
import Randomness
import Testing

@testable import Measurement

@Suite struct ForkRequestTests {
    private let planned = PlannedWorkload(
        workload: "w", benchmark: "b", parameters: ParameterSet().with("capacity", "8"),
        profile: "auto", forks: 3, time: .milliseconds(5))

    private func request(
        fork: Int, seed: Seed = Seed(7), commands: MeasuredCommands? = nil
    ) -> ForkRequest {
        var planned = planned
        planned.commands = commands
        return ForkRequest(
            fork: fork, of: planned, seed: seed, processingUnits: [2, 3],
            directory: .init(path: "/d", durability: "memory"),
            counters: [CounterName("cycles")])
    }

    @Test func `a request says all that is planned`() {
        let request = request(fork: 1)
        #expect(request.benchmark == "b" && request.fork == 1 && request.time == 5e6)
        #expect(request.parameters == planned.parameters)
        #expect(request.processingUnits == [2, 3])
        #expect(request.directory.path == "/d" && request.directory.durability == "memory")
        #expect(request.counters == [CounterName("cycles")])
        #expect(request.commands == nil && request.parent == nil)
    }

    @Test func `of commands nothing is counted from outside`() throws {
        let commands = MeasuredCommands(try CommandText("true"))
        let request = request(fork: 1, commands: commands)
        #expect(request.commands == commands)
        #expect(request.counters.isEmpty)
    }

    @Test
    func `its seed is drawn from the session's for what is measured and for the fork's number`() {
        let drawn = Seed(7).derived(for: "w;auto;capacity=8").derived(for: 2).rawValue
        #expect(request(fork: 2).seed == drawn)
        #expect(request(fork: 1).seed != drawn)
        #expect(request(fork: 2, seed: Seed(8)).seed != drawn)
    }
}
