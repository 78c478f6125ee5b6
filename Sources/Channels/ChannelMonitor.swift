/// Reads a bounded channel's statistics from anywhere, also after both ends are gone.
public struct ChannelMonitor: ~Copyable, @unchecked Sendable {
    // Sendable because it holds a reference to the memory and only loads atomics.
    private let memory: Memory

    /// The memory of one kind of ring or the other. What a monitor reads lies before the slots of a
    /// ring with many ends, whose elements are nothing to it.
    private enum Memory {
        case blocks(RingMemory<ProcessorAtomics>)
        case slots(StampedRing<UInt8, ProcessorAtomics>)
    }

    init(of memory: RingMemory<ProcessorAtomics>) {
        memory.references.retain()
        self.memory = .blocks(memory)
    }

    init<Element: ~Copyable>(of ring: StampedRing<Element, ProcessorAtomics>) {
        ring.references.retain()
        // Sound: of the memory nothing is touched through this but what lies where it lies in any such
        // ring; who gives the last reference back frees as many bytes as the geometry says.
        memory = unsafe .slots(StampedRing(base: ring.base, ring.positions))
    }

    deinit {
        switch memory {
        case .blocks(let memory): memory.release()
        case .slots(let ring): ring.release()
        }
    }

    /// What has passed so far. Any thread, at any time. O(1).
    public var statistics: ChannelStatistics {
        switch memory {
        case .blocks(let memory): memory.statistics
        case .slots(let ring): ring.statistics
        }
    }

    /// Number of elements that the channel holds at most.
    public var capacity: Int {
        switch memory {
        case .blocks(let memory): memory.geometry.capacity
        case .slots(let ring): ring.capacity
        }
    }
}

extension SPSCRing.Producer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> ChannelMonitor { ChannelMonitor(of: memory) }
}

extension SPSCRing.Consumer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> ChannelMonitor { ChannelMonitor(of: memory) }
}

extension MultiProducer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> ChannelMonitor { ChannelMonitor(of: ring) }
}

extension MultiConsumer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> ChannelMonitor { ChannelMonitor(of: ring) }
}

extension SoleConsumer where Element: ~Copyable, Atomics == ProcessorAtomics {
    /// A handle on the channel's statistics, for another thread or a later time.
    public func monitor() -> ChannelMonitor { ChannelMonitor(of: ring) }
}
