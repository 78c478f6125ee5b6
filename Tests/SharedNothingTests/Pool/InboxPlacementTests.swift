import Hardware
import Testing

@testable import SharedNothing

@Suite struct InboxPlacementTests {
    private func pinned(on description: String) throws -> PoolConfiguration {
        var configuration = PoolConfiguration(
            on: try Machine.detect(.init(topology: .synthetic(description))))
        configuration.pinning = .core
        return configuration
    }

    @Test func `memory goes with the hardware thread that a worker is bound to`() throws {
        let configuration = try pinned(on: "pack:2 [numa] core:12 pu:2")
        #expect(configuration.isNUMAAware.value)
        let nodes = (0..<24).map { configuration.memoryNode(of: $0).value }
        #expect(nodes == Array(repeating: 0, count: 12) + Array(repeating: 1, count: 12))
        // Beyond the cores come their second hardware threads, in the same order.
        #expect(configuration.memoryNode(of: 24).value == 0)
        #expect(configuration.memoryNode(of: 36).value == 1)
        #expect(configuration.memoryNode(of: 12).why.contains("hardware thread 24"))
    }

    @Test func `where there is no choice the decision says why`() throws {
        let one = try pinned(on: "pack:1 [numa] core:4 pu:1")
        #expect(one.memoryNode(of: 0) == Decision(nil, why: "1 usable NUMA node: not above one"))
        var free = try pinned(on: "pack:2 [numa] core:2 pu:1")
        free.pinning = .none
        #expect(
            free.memoryNode(of: 3)
                == Decision(nil, why: "the worker is bound to no hardware thread"))
        var nameless = try pinned(on: "pack:2 [numa] core:2 pu:1")
        nameless.cores = nameless.cores?.map { core in
            var core = core
            core.node = nil
            return core
        }
        #expect(
            nameless.memoryNode(of: 2)
                == Decision(nil, why: "hwloc names no NUMA node of hardware thread 2"))
    }

    /// A pool of this machine whose workers are bound, with inboxes of many pages.
    private func local(_ nodes: (Topology.Core) -> Int?) throws -> PoolConfiguration {
        var configuration = try configuration(workers: 2, capacity: 4096)
        configuration.pinning = .core
        configuration.isNUMAAware = Decision(true, why: "a test says so")
        configuration.cores = configuration.cores?.map { core in
            var core = core
            core.node = nodes(core)
            return core
        }
        return configuration
    }

    private func check(_ placement: InboxPlacement?) throws {
        let placement = try #require(placement)
        guard let found = placement.found.value else {
            #expect(placement.isAsDecided == nil)
            #expect(placement.found.reason?.isEmpty == false, "no answer and no reason")
            return
        }
        // 4096 slots of a message and a stamp.
        #expect(found.shares.reduce(0) { $0 + $1.pages } >= 4096 * 16 / 4096, "\(placement)")
        #expect(found.absent == 0, "a page that a send would have to fault in: \(placement)")
        #expect(placement.isAsDecided == true, "\(placement)")
    }

    @Test(arguments: Profile.WaitStrategy.allCases)
    func `inboxes lie on their workers' node, by the kernel's word, also after a resize`(
        strategy: Profile.WaitStrategy
    ) throws {
        var configuration = try local(\.node)
        configuration.waitStrategy = strategy
        let pool = try WorkerPool(Scripted(), configuration)
        for placement in pool.inboxPlacements { try check(placement) }
        // Memory that has been used and freed is used again: it is not only fresh pages that count.
        for count in [3, 2, 4, 1] { try pool.resize(to: count, within: plenty) }
        #expect(pool.inboxPlacements.count == 1)
        for placement in pool.inboxPlacements { try check(placement) }
        try pool.send(.note(1), to: 0)
        try pool.stop(within: plenty)
        #expect(pool.totals.handled == 1)
    }

    @Test func `a node that cannot be had is told, and the pool works`() throws {
        let pool = try WorkerPool(Scripted(), try local { _ in 1000 })
        #expect(try pool.request(.note(1), to: 1, timeout: plenty) == 1)
        for placement in pool.inboxPlacements {
            let placement = try #require(placement)
            #expect(placement.node.value == 1000)
            #expect(placement.isAsDecided == (placement.found.value == nil ? nil : false))
        }
        try pool.stop(within: plenty)
    }

    @Test func `a pool on its own says where its inboxes lie`() throws {
        let pool = try WorkerPool(Scripted(), try configuration(workers: 1))
        let placement = try #require(pool.inboxPlacements[0])
        #expect(placement.worker == 0)
        #expect(placement.node.value == nil && !placement.node.why.isEmpty)
        let machine = try Machine.detect()
        if machine.environment.isMemoryPlacementAllowed.value == true,
            let nodes = machine.topology.nodes.value
        {
            let found = try #require(placement.found.value)
            #expect(found.absent == 0)
            let known = nodes.map(\.index)
            #expect(found.shares.allSatisfy { known.contains($0.node) }, "\(placement)")
        } else {
            #expect(placement.found.reason?.isEmpty == false)
        }
        try pool.stop(within: plenty)
    }
}
