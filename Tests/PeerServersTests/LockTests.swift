import PeerServers
import Testing

/// Locks of servers that agree by majority, as their clients have them.
@Suite struct LockTests {
    /// The numbers that each client of a crowd had, after so many rounds.
    private func numbers(
        of clients: [any MeasuredClient], rounds: Int
    ) throws -> [[Int64]] {
        try ExchangeCrowd(clients).exchange(batches: rounds)
        return clients.map { $0.takeValues() }
    }

    /// One has it after the other, and every one as often as it asked.
    private func expectOneAfterTheOther(_ numbers: [[Int64]], rounds: Int) {
        #expect(numbers.allSatisfy { $0.count == rounds && $0 == $0.sorted() })
        #expect(Set(numbers.joined()).count == numbers.count * rounds)
        // Those who wait are served in turn: nobody has it twice before another has it at all.
        let firsts = numbers.compactMap(\.first).max() ?? 0
        let seconds = numbers.compactMap { $0.dropFirst().first }.max() ?? 0
        #expect(firsts < seconds)
    }

    @Test(.enabled(if: EtcdCluster.installed != nil, "needs etcd"))
    func `a lock of etcd goes from client to client`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 1)
        let order = LockOrder(of: "etcd")
        let clients = try (0..<4).map { _ in try cluster.lockClient("l", order: order) }
        expectOneAfterTheOther(try numbers(of: clients, rounds: 5), rounds: 5)
        try clients[0].exchangeOnce()
        #expect(clients[0].takeValues().count == 1)
    }

    @Test(.enabled(if: ZooKeeperEnsemble.installed != nil, "needs zookeeper"))
    func `a lock of ZooKeeper goes from client to client`() throws {
        let directory = try TestDirectory()
        let ensemble = try ZooKeeperEnsemble(below: directory.path, members: 1)
        let order = LockOrder(of: "zookeeper")
        let clients = try (0..<4).map { _ in try ensemble.lockClient("/l", order: order) }
        expectOneAfterTheOther(try numbers(of: clients, rounds: 5), rounds: 5)
        try clients[0].exchangeOnce()
        #expect(clients[0].takeValues().count == 1)
    }

    @Test func `a lock that goes back in its numbers is named`() throws {
        let order = LockOrder(of: "server")
        try order.take(3)
        for number in [Int64(3), 2] {
            let broken = #expect(throws: PeerFailure.self) { try order.take(number) }
            #expect("\(try #require(broken))".contains("number \(number) after 3"))
        }
        try order.take(4)
    }
}
