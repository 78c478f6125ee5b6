import StateMachines
import Testing

@testable import ShenRing

@Suite struct CoordinatorClientTests {
    private func directory(_ count: Int) throws -> CoordinatorDirectory {
        try CoordinatorDirectory(of: (0..<count).map(NodeID.init(place:)))
    }

    private func moment(_ milliseconds: Int64) -> Moment {
        Moment(nanoseconds: milliseconds * 1_000_000)
    }

    private func client(_ directory: CoordinatorDirectory) -> CoordinatorClient {
        CoordinatorClient(
            CoordinatorClientSettings(
                cluster: ClusterID(1), node: NodeID(50), directory: directory))
    }

    private func answer(_ number: UInt64, _ first: UInt64) -> CoordinatorMessage {
        CoordinatorMessage(
            cluster: ClusterID(1),
            .answer(
                RequestID(client: NodeID(50), number: number),
                .given(IdentifierRun(first: first, count: 1))))
    }

    @Test func `the next coordinator is asked when one is silent, which is avoided for a while`()
        throws
    {
        let directory = try directory(5)
        let order = directory.preferences(ofKey: 7, count: 3)
        var (client, effects) = (client(directory), Effects<CoordinatorClient>())
        let request = CoordinatorClient.Request(key: 7, service: .stamps)
        client.handle(request, at: moment(0), into: &effects)
        #expect(effects.messages.map(\.receiver) == [order[0]])
        #expect(client.deadline == moment(300))
        effects.reset(position: 0)
        client.wake(at: moment(300), into: &effects)
        #expect(effects.messages.map(\.receiver) == [order[1]])
        #expect(effects.events == [.timedOut(1, of: order[0])])
        effects.reset(position: 0)
        // The next request does not wait for the silent one at all.
        client.handle(request, at: moment(310), into: &effects)
        #expect(effects.messages.map(\.receiver) == [order[1]])
        client.receive(answer(1, 77), from: order[1], at: moment(320), into: &effects)
        #expect(
            effects.events.last
                == .given(
                    1, .stamps, IdentifierRun(first: 77, count: 1), by: order[1], attempts: 2))
        effects.reset(position: 0)
        client.handle(request, at: moment(300 + 5_000), into: &effects)
        #expect(effects.messages.map(\.receiver) == [order[0]])
    }

    @Test func `an answer counts once, and only for the request that it is of`() throws {
        let directory = try directory(3)
        var (client, effects) = (client(directory), Effects<CoordinatorClient>())
        let request = CoordinatorClient.Request(key: 1, service: .stamps)
        client.handle(request, at: moment(0), into: &effects)
        client.handle(request, at: moment(0), into: &effects)
        effects.reset(position: 0)
        client.receive(answer(2, 5), from: NodeID(0), at: moment(1), into: &effects)
        client.receive(answer(2, 5), from: NodeID(0), at: moment(2), into: &effects)
        client.receive(answer(9, 6), from: NodeID(0), at: moment(2), into: &effects)
        #expect(effects.events.count == 1)
        #expect(client.late == 2)
        let foreign = CoordinatorMessage(
            cluster: ClusterID(2), answer(1, 8).content)
        client.receive(foreign, from: NodeID(0), at: moment(3), into: &effects)
        #expect(effects.events.count == 1)
    }

    @Test func `a request is given up after so many attempts, coming round where there are fewer`()
        throws
    {
        let directory = try directory(2)
        var (client, effects) = (client(directory), Effects<CoordinatorClient>())
        client.handle(
            CoordinatorClient.Request(key: 1, service: .numbers), at: moment(0), into: &effects)
        var receivers: [NodeID] = []
        while let deadline = client.deadline {
            receivers += effects.messages.map(\.receiver)
            effects.reset(position: 0)
            client.wake(at: deadline, into: &effects)
        }
        #expect(receivers.count == 8)
        #expect(zip(receivers, receivers.dropFirst()).allSatisfy { $0 != $1 })
        #expect(effects.events.last == .failed(1))
    }

    @Test func `keys have one home everywhere, and one coordinator more moves its share`() throws {
        let (before, after) = (try directory(9), try directory(10))
        var moved = 0
        for key in 0..<4_000 as Range<UInt64> {
            #expect(before.preferences(ofKey: key, count: 3).first == before.home(ofKey: key))
            if before.home(ofKey: key) != after.home(ofKey: key) {
                #expect(after.home(ofKey: key) == NodeID(9))
                moved += 1
            }
        }
        #expect(moved > 250 && moved < 600)
    }

    @Test func `a directory of none, of too many, or of one twice is refused`() {
        let many = (0..<1_025).map(NodeID.init(place:))
        func error(_ nodes: [NodeID]) -> CoordinatorError? {
            do throws(CoordinatorError) {
                _ = try CoordinatorDirectory(of: nodes, virtualNodes: 1)
                return nil
            } catch {
                return error
            }
        }
        #expect(error([]) == CoordinatorError.none)
        #expect(error(many) == .tooMany(1_025, machines: 1_024))
        #expect(error([NodeID(3), NodeID(1), NodeID(3)]) == .repeated(NodeID(3)))
        #expect(error(Array(many.dropLast())) == nil)
        #expect("\(CoordinatorError.tooMany(1_025, machines: 1_024))".contains("at most 1024"))
    }
}
