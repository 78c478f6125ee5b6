import Channels
import Hardware

/// How a pool is set up: named fields, each with a default that a machine and a profile give.
///
/// ```swift
/// var configuration = try PoolConfiguration(profile: .lowLatency)
/// configuration.workers = 2
/// configuration.partitioning = .hash
/// let pool = try WorkerPool(Counter(), configuration)
/// ```
///
/// Nothing is checked until a pool is made, which throws `PoolError` for what cannot be.
public struct PoolConfiguration: Sendable {
    /// Number of workers, 1 to 1048575.
    public var workers: Int
    /// How many messages the inbox of each worker holds; at least 1.
    public var capacity: Int
    /// What workers do while there is no message, and senders while an inbox is full.
    public var waitStrategy: Profile.WaitStrategy
    /// How many messages a worker takes out of its inbox at once, 1 to 65536: those that are there,
    /// never waiting for more. It has them in hand until it comes to them, so that there may be so
    /// many less one beyond the capacity of its inbox.
    public var batch: Int
    /// How the pool follows its load while it runs; nil for one whose size, batch and wait stay as
    /// they are here.
    public var adaptation: PoolAdaptation?
    /// What was learnt of the workload and taken up, and why that or nothing; nil where no workload
    /// was named.
    public internal(set) var learnt: Decision<LearntConfiguration?>?
    /// Whether each worker is bound to a hardware thread: of a core of its own as long as there are
    /// cores; then two share a core, and with `allowsOversubscription` a hardware thread.
    public var pinning: Profile.Pinning
    /// How keys are given to workers.
    public var partitioning = Partitioning.automatic()
    /// The workers are called `name-0`, `name-1` and so on, and so are their threads, of whose names
    /// Linux shows the first 15 bytes.
    public var name = "worker"
    /// Whether there may be more workers than hardware threads that this process may use.
    public var allowsOversubscription = false
    /// The cores that workers may be bound to, with the hardware threads that this process may use;
    /// nil where that is unknown, with the reason in `coresReason`.
    public var cores: [Topology.Core]?
    /// Why `cores` is unknown.
    public var coresReason: String?
    /// Whether workers that are bound have their memory on their own NUMA node, and why: by
    /// `EngineConfiguration.automatic(for:)` on machines with more than one.
    public var isNUMAAware: Decision<Bool>

    /// As a profile says on a machine; `auto`, unless said otherwise, is
    /// `EngineConfiguration.automatic(for:)`: all usable cores less 30 %, and at least one worker.
    public init(profile: Profile.Name = .auto, on machine: Machine) {
        let engine = EngineConfiguration.automatic(for: machine)
        let profile = Profile(profile, on: machine)
        workers = engine.applicationWorkers.value
        capacity = profile.ringCapacity.value
        waitStrategy = profile.waitStrategy.value
        pinning = profile.pinning.value
        batch = profile.batchSize.value
        cores = machine.topology.usableCores.value
        coresReason = machine.topology.usableCores.reason
        isNUMAAware = engine.isNUMAAware
    }

    /// As a profile says on the running machine, which is examined once a process: some 100 ms.
    ///
    /// - Throws: `PoolError.hardware` when it cannot be examined.
    public init(profile: Profile.Name = .auto) throws(PoolError) {
        self.init(profile: profile, on: try RunningMachine.described.get())
    }
}

/// The running machine, examined at the first use.
enum RunningMachine {
    static let described: Result<Machine, PoolError> = {
        do throws(HardwareError) {
            return .success(try Machine.detect())
        } catch {
            return .failure(.hardware(error))
        }
    }()
}

extension PoolConfiguration {
    /// Throws what is wrong with the configuration for messages of this kind.
    func validate<Message, Response>(_: Message.Type, _: Response.Type) throws(PoolError)
    where Message: Sendable, Response: Sendable {
        try validate(workers: workers)
        let most = MPSCChannel<Envelope<Message, Response>, SpinThenPark>.maximumCapacity
        guard capacity >= 1, capacity <= most else {
            throw .capacityOutOfRange(capacity, most: most)
        }
        guard batch >= 1, batch <= Self.largestBatch else {
            throw .batchOutOfRange(batch, most: Self.largestBatch)
        }
        if let flaw = adaptation?.flaw { throw .adaptationUnsound(flaw) }
        if case .range(let partitioner) = partitioning, partitioner.workers != workers {
            throw .rangesDoNotMatch(ranges: partitioner.workers, workers: workers)
        }
    }

    static var largestBatch: Int { 1 << 16 }

    /// The strategy of the inboxes. A pool whose wait follows its load has some at which a worker may
    /// sleep, and decides itself when it does.
    @usableFromInline var inboxWait: Profile.WaitStrategy {
        adaptation != nil && waitStrategy.polls ? .adaptive : waitStrategy
    }

    /// Throws what is wrong with a number of workers.
    func validate(workers: Int) throws(PoolError) {
        guard workers >= 1, workers < 1 << 20 else { throw .workersOutOfRange(workers) }
        guard let cores else {
            if pinning == .core {
                throw .processorsUnknown(reason: coresReason ?? "nobody says why")
            }
            // What the kernel allows is known without the cores.
            if !allowsOversubscription, let usable = try? ThreadBinding.allowedPUs().count,
                workers > usable
            {
                throw .moreWorkersThanProcessors(workers: workers, usable: usable)
            }
            return
        }
        let usable = cores.reduce(0) { $0 + $1.pus.count }
        guard workers <= usable || (allowsOversubscription && usable > 0) else {
            throw .moreWorkersThanProcessors(workers: workers, usable: usable)
        }
    }

    /// The hardware thread of the worker with this index; nil where workers are not bound.
    ///
    /// Each core's first hardware thread, core after core as hwloc numbers them, which keeps
    /// neighbours under one cache and fills one NUMA node before the next; then the second ones.
    func hardwareThread(of worker: Int) -> Int? {
        guard pinning == .core, let cores, !cores.isEmpty else { return nil }
        var order: [Int] = []
        let most = cores.reduce(0) { max($0, $1.pus.count) }
        for turn in 0..<most {
            for core in cores where turn < core.pus.count { order.append(core.pus.indexes[turn]) }
        }
        return order.isEmpty ? nil : order[worker % order.count]
    }
}
