import Hardware

/// Everything that can be counted here, and what cannot, with the reason.
public struct CounterInventory: Encodable, Sendable {
    /// An event of the kernel.
    public struct Software: Encodable, Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Why it cannot be counted; `nil` where it can.
        public let reason: String?
        /// Whether only what happens in user mode may be counted.
        public let isUserOnly: Bool
    }

    /// A counter of the engine.
    public struct Published: Encodable, Hashable, Sendable {
        /// Its name in PAPI.
        public let name: String
        /// What it counts.
        public let summary: String

        /// A counter.
        public init(name: String, summary: String) {
            self.name = name
            self.summary = summary
        }
    }

    /// Interrupts of one source since boot.
    public struct Interrupts: Encodable, Hashable, Sendable {
        /// The source.
        public let name: String
        /// On all processors.
        public let total: UInt64
    }

    /// Interrupts that one processor served since boot.
    public struct ProcessorInterrupts: Encodable, Hashable, Sendable {
        /// The processor, by the kernel's number.
        public let processor: Int
        /// Of all sources.
        public let total: UInt64
    }

    /// PAPI's version; `nil` where it does not run.
    public let papiVersion: String?
    /// Why PAPI does not run; `nil` where it does.
    public let papiReason: String?
    /// PAPI's preset events.
    public let presets: [CounterLibrary.Preset]
    /// PAPI's components and their events.
    public let components: [CounterLibrary.Component]
    /// What the processor's counters said of a loop of known length.
    public let validation: CounterValidation
    /// The kernel's events, each opened to find out.
    public let software: [Software]
    /// What the engine publishes while a benchmark runs.
    public let published: [Published]
    /// Time stolen from each processor since boot; `nil` where the kernel does not say.
    public let stolenTime: [StolenTime.Share]?
    /// The sources with the most interrupts; `nil` where the kernel does not say.
    public let interrupts: [Interrupts]?
    /// Interrupts of all sources on each processor since boot; `nil` where the kernel does not say.
    public let interruptsByProcessor: [ProcessorInterrupts]?
    /// The same for the kernel's deferred ones, by source.
    public let softInterrupts: [Interrupts]?

    /// Looks at the running machine.
    ///
    /// - Parameter published: what the engine publishes.
    public init(published: [Published]) {
        switch PapiLibrary.version {
        case .success(let version): (papiVersion, papiReason) = (version, nil)
        case .failure(let refusal): (papiVersion, papiReason) = (nil, refusal.description)
        }
        presets = (try? CounterLibrary.presets.get()) ?? []
        components = CounterLibrary.components
        validation = .ofThisMachine
        software = SoftwareEvent.allCases.map { event in
            do {
                let counter = try SoftwareCounter(event)
                return Software(
                    name: event.rawValue, reason: nil, isUserOnly: counter.isUserOnly)
            } catch {
                return Software(
                    name: event.rawValue, reason: "\(error)", isUserOnly: false)
            }
        }
        self.published = published
        stolenTime = StolenTime.readByProcessor()
        let hardware = InterruptCounts.interrupts()
        interrupts = hardware.map(CounterInventory.most)
        interruptsByProcessor = hardware.map { counts in
            counts.processors.map {
                ProcessorInterrupts(processor: $0, total: counts.total(on: $0) ?? 0)
            }
        }
        softInterrupts = InterruptCounts.softInterrupts().map(CounterInventory.most)
    }

    private static func most(_ counts: InterruptCounts) -> [Interrupts] {
        counts.top(5).map { Interrupts(name: $0.name, total: $0.total) }
    }
}
