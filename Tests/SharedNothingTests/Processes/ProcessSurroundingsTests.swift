import Glibc
import Hardware
import Testing

@testable import SharedNothing

/// Where a worker's process finds itself.
@Suite(.serialized) struct ProcessSurroundingsTests {
    private static func ask(_ question: String, _ options: ProcessOptions) throws -> String? {
        var host = try ProcessHost<String, String>(worker: "probe", options: options)
        _ = try host.trySend(question)
        guard case .response(_, let answer)? = try host.receive(until: Probe.watchdog) else {
            return nil
        }
        return answer
    }

    /// In a process of its own, in which nobody has started one before.
    @Test func `runs where the program was started, wherever its starter is bound`() async {
        await #expect(processExitsWith: .success) {
            let all = try ThreadBinding.bindingOfCurrentThread()
            try ThreadBinding.bindCurrentThread(to: try #require(all.first))
            let places = try ProcessSurroundingsTests.ask("places", Probe.options())
            precondition(places == "\(all)", "on \(places ?? "nothing") of \(all)")
        }
    }

    @Test func `runs on the hardware threads that it is given`() throws {
        let last = try #require(try ThreadBinding.allowedPUs().indexes.last)
        #expect(try Self.ask("places", Probe.options(hardwareThreads: [last])) == "\(last)")
    }

    @Test(arguments: [[8191], [1 << 19], []] as [CPUSet])
    func `is refused where it may not run`(places: CPUSet) {
        #expect(throws: ProcessFailure.refused(.start, .init(EINVAL))) {
            _ = try Self.ask("places", Probe.options(hardwareThreads: places))
        }
    }

    /// What a terminal sends to the group of its owner does not reach it.
    @Test func `leads a process group of its own`() throws {
        var host = try ProcessHost<String, String>(worker: "probe", options: Probe.options())
        #expect(getpgid(host.process) == host.process)
        _ = try host.trySend("group")
        guard case .response(_, let group)? = try host.receive(until: Probe.watchdog) else {
            Issue.record("no answer")
            return
        }
        #expect(group == "\(host.process)")
    }

    @Test func `hands its lanes to nothing that it starts`() throws {
        let found = try #require(try Self.ask("children", Probe.options()))
        #expect(found.hasPrefix("found"))
        #expect(!found.contains("nilometer"))
    }

    @Test func `is not started with an argument that would be cut`() {
        #expect(throws: ProcessFailure.refused(.start, .init(EINVAL))) {
            _ = try ProcessHost<String, String>(
                worker: "probe", argument: "a\0b", options: Probe.options())
        }
        #expect(throws: ProcessFailure.refused(.shareMemory, .init(EINVAL))) {
            _ = try ProcessHost<String, String>(
                worker: "probe", options: Probe.options(messageBytes: 0))
        }
    }
}
