import Channels
import Hardware

/// On which NUMA node the memory of a worker's inbox lies.
public struct InboxPlacement: Equatable, Sendable, CustomStringConvertible {
    /// The worker's index.
    public let worker: Int
    /// The node that the memory was to lie on, and why that one or none.
    public let node: Decision<Int?>
    /// Where it lies, by the kernel's word at the moment of asking.
    public let found: Fact<NodeMemory.Placement>

    /// Whether all of it lies where it was to; nil where there was no choice, or the kernel does not
    /// say.
    public var isAsDecided: Bool? {
        guard let node = node.value else { return nil }
        return found.value.map { $0.isWhole(on: node) }
    }

    /// One line for a person.
    public var description: String {
        let place =
            found.value.map { "\($0)" }
            ?? "unknown (\(found.reason ?? ""), by \(found.source))"
        let wanted = node.value.map { "node \($0)" } ?? "no node"
        return "worker \(worker): \(place); \(wanted) was decided on: \(node.why)"
    }
}

extension PoolConfiguration {
    /// The NUMA node on which memory of the worker with this index is to lie: that of the hardware
    /// thread it is bound to, on a machine with several.
    func memoryNode(of worker: Int) -> Decision<Int?> {
        guard isNUMAAware.value else { return Decision(nil, why: isNUMAAware.why) }
        guard let pu = hardwareThread(of: worker) else {
            return Decision(nil, why: "the worker is bound to no hardware thread")
        }
        guard let core = cores?.first(where: { $0.pus.contains(pu) }), let node = core.node else {
            return Decision(nil, why: "hwloc names no NUMA node of hardware thread \(pu)")
        }
        return Decision(node, why: "the worker is bound to hardware thread \(pu), which is there")
    }
}

extension WorkerPool {
    /// On which NUMA node each worker's inbox lies, by index; nil for one that has none. Asks the
    /// kernel for each page: some microseconds, and more for large inboxes.
    ///
    /// A worker that is bound on a machine with several nodes has its inbox on its own: its thread
    /// takes new pages from there, and pages of the inbox that lay elsewhere, because the allocator
    /// had used them before, are moved. An inbox of another size of the pool is treated alike.
    public var inboxPlacements: [InboxPlacement?] {
        core.seats.map { seat in
            seat.inlet.map { box in
                InboxPlacement(
                    worker: seat.index, node: configuration.memoryNode(of: seat.index),
                    found: unsafe box.inlet.withMemory { unsafe NodeMemory.placement(of: $0) })
            }
        }
    }
}

extension PoolCore {
    /// What a thread that is bound for a worker does first: what it allocates from now on lies on the
    /// worker's node.
    @usableFromInline
    func settle(for worker: Int) {
        if configuration.memoryNode(of: worker).value != nil { NodeMemory.preferLocal() }
    }

    /// Moves an inbox to its worker's node, as far as it lies elsewhere. `inboxPlacements` says what
    /// came of it.
    @usableFromInline
    func bringHome(_ box: InletBox<W.Message, W.Response>, of worker: Int) {
        guard let node = configuration.memoryNode(of: worker).value else { return }
        _ = unsafe box.inlet.withMemory { unsafe NodeMemory.move($0, to: node) }
    }
}

extension Inlet {
    /// Calls `body` with the memory of the inbox; see `MultiProducer.withMemory`.
    func withMemory<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .spin(let producer): unsafe producer.withMemory(body)
        case .yield(let producer): unsafe producer.withMemory(body)
        case .park(let producer): unsafe producer.withMemory(body)
        case .adapt(let producer): unsafe producer.withMemory(body)
        }
    }
}
