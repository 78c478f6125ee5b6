import Hardware
import Testing

@testable import SharedNothing

@Suite struct PoolConfigurationTests {
    private func machine(_ description: String) throws -> Machine {
        try Machine.detect(.init(topology: .synthetic(description)))
    }

    @Test func `24 cores come to 16 workers on cores of their own`() throws {
        let machine = try machine("pack:2 [numa] core:12 pu:2")
        var configuration = PoolConfiguration(on: machine)
        #expect(configuration.workers == 16)
        configuration.pinning = .core
        let threads = (0..<16).compactMap { configuration.hardwareThread(of: $0) }
        #expect(threads.count == 16)
        #expect(Set(threads).count == 16)
        let cores = try #require(machine.topology.usableCores.value)
        let owners = threads.map { thread in cores.firstIndex { $0.pus.contains(thread) } }
        #expect(owners == (0..<16).map { $0 }, "two workers on one core while others are free")
        try configuration.validate(Int.self, Void.self)
    }

    @Test func `a core's second hardware thread comes after all first ones`() throws {
        var configuration = PoolConfiguration(on: try machine("core:2 pu:2"))
        configuration.pinning = .core
        #expect((0..<4).map { configuration.hardwareThread(of: $0) } == [0, 2, 1, 3])
    }

    @Test func `one core is enough for a worker`() throws {
        let configuration = PoolConfiguration(on: try machine("core:1 pu:1"))
        #expect(configuration.workers == 1)
        try configuration.validate(Int.self, Void.self)
    }

    @Test func `more workers than the cpuset has are refused, unless they are allowed`() throws {
        var configuration = PoolConfiguration(on: try machine("core:2 pu:1"))
        configuration.workers = 3
        #expect(throws: PoolError.moreWorkersThanProcessors(workers: 3, usable: 2)) {
            try configuration.validate(Int.self, Void.self)
        }
        configuration.allowsOversubscription = true
        try configuration.validate(Int.self, Void.self)
        configuration.pinning = .core
        #expect((0..<3).map { configuration.hardwareThread(of: $0) } == [0, 1, 0])
    }

    @Test(arguments: [0, -1, Int.max])
    func `a capacity that cannot be is refused`(capacity: Int) throws {
        var configuration = try configuration(workers: 1)
        configuration.capacity = capacity
        let error = #expect(throws: PoolError.self) { try WorkerPool(Scripted(), configuration) }
        guard case .capacityOutOfRange(capacity, let most)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(most > 1 << 20)
    }

    @Test(arguments: [0, -3, 1 << 20])
    func `a number of workers that cannot be is refused`(workers: Int) throws {
        let configuration = try configuration(workers: workers)
        #expect(throws: PoolError.workersOutOfRange(workers)) {
            try WorkerPool(Scripted(), configuration)
        }
    }

    @Test func `ranges for another number of workers are refused`() throws {
        let ranges = try RangePartitioner(bounds: [5] as [Int])
        let configuration = try configuration(workers: 3, partitioning: .range(ranges))
        #expect(throws: PoolError.rangesDoNotMatch(ranges: 2, workers: 3)) {
            try WorkerPool(Scripted(), configuration)
        }
    }

    @Test func `pinning without knowing the cores is refused`() throws {
        var configuration = try configuration(workers: 1)
        configuration.pinning = .core
        configuration.cores = nil
        configuration.coresReason = "nobody looked"
        #expect(throws: PoolError.processorsUnknown(reason: "nobody looked")) {
            try WorkerPool(Scripted(), configuration)
        }
    }

    @Test func `more workers than the kernel allows are refused where the cores are unknown`()
        throws
    {
        var configuration = try configuration(workers: 1)
        configuration.cores = nil
        configuration.pinning = .none
        configuration.allowsOversubscription = false
        let usable = try ThreadBinding.allowedPUs().count
        configuration.workers = usable
        try configuration.validate(Int.self, Void.self)
        configuration.workers = usable + 1
        #expect(throws: PoolError.moreWorkersThanProcessors(workers: usable + 1, usable: usable)) {
            try configuration.validate(Int.self, Void.self)
        }
        configuration.allowsOversubscription = true
        try configuration.validate(Int.self, Void.self)
    }

    @Test(arguments: Profile.Name.allCases)
    func `every profile makes a configuration that holds`(profile: Profile.Name) throws {
        try PoolConfiguration(profile: profile).validate(Int.self, Void.self)
    }
}
