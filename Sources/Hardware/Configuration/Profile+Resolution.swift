import Quantities

extension Profile {
    /// Resolves the profile `name` on `machine`.
    public init(_ name: Name, on machine: Machine) {
        let grounds = Grounds(machine)
        let capacity = grounds.ringCapacity(name)
        self.name = name
        waitStrategy = grounds.waitStrategy(name)
        pinning = grounds.pinning(name)
        ringCapacity = capacity
        batchSize = grounds.batchSize(name, capacity: capacity.value)
        durability = grounds.durability(name)
        hugePages = grounds.hugePages(name)
        isBusyPolling = grounds.busyPolling(name)
    }

    /// Every profile on `machine`, in the order in which they are listed.
    public static func all(on machine: Machine) -> [Profile] {
        Name.allCases.map { Profile($0, on: machine) }
    }
}

/// What of a machine the profiles rest on.
private struct Grounds {
    private let machine: Machine
    private let automatic: EngineConfiguration
    /// Usable cores; one where the number is unknown.
    private let cores: Int
    private let workers: Int
    private let hasQuota: Bool

    init(_ machine: Machine) {
        self.machine = machine
        automatic = EngineConfiguration.automatic(for: machine)
        cores = machine.usableCoreCount.value ?? 1
        workers =
            automatic.applicationWorkers.value + automatic.ioWorkers.value
            + automatic.acceleratorWorkers.value
        hasQuota = machine.environment.processorQuota.value?.value != nil
    }

    /// Why spinning would hurt, or `nil` when every worker has a core to spin on.
    private var objectionToSpinning: String? {
        if machine.usableCoreCount.value == nil { return "the number of cores is unknown" }
        if hasQuota { return "a quota of processor time would be spent on spinning" }
        if workers > cores {
            return "\(counted(workers, "worker")) share \(counted(cores, "core"))"
        }
        return nil
    }

    private var roomToSpin: String {
        "\(counted(workers, "worker")) on \(counted(cores, "core"))"
    }

    func waitStrategy(_ name: Profile.Name) -> Decision<Profile.WaitStrategy> {
        switch name {
        case .lowLatency:
            if let objection = objectionToSpinning {
                return Decision(.spinThenYield, why: "\(objection): others must be let run")
            }
            return Decision(.busySpin, why: "\(roomToSpin): each has its own to spin on")
        case .performance:
            if let objection = objectionToSpinning {
                return Decision(.spinThenYield, why: "\(objection): others must be let run")
            }
            return workers < cores
                ? Decision(.busySpin, why: "\(roomToSpin): one is left for everything else")
                : Decision(.spinThenYield, why: "\(roomToSpin): none is left for anything else")
        case .auto:
            let grounds = objectionToSpinning ?? roomToSpin
            return Decision(
                .adaptive, why: "\(grounds): each end learns how long looking again pays")
        case .production:
            return Decision(.spinThenPark, why: "an idle worker leaves its core to others")
        case .minimal:
            return Decision(.spinThenPark, why: "an idle worker uses no processor time")
        case .testing:
            return Decision(.spinThenYield, why: "makes progress on any number of cores")
        }
    }

    func pinning(_ name: Profile.Name) -> Decision<Profile.Pinning> {
        switch name {
        case .lowLatency, .performance:
            return cores > 1
                ? Decision(.core, why: "\(cores) usable cores: no migration, warm caches")
                : Decision(.none, why: "with one core there is nothing to choose")
        case .auto, .production:
            let affinity = automatic.isAffinityOn
            return Decision(affinity.value ? .core : .none, why: affinity.why)
        case .minimal: return Decision(.none, why: "the scheduler may pack threads on few cores")
        case .testing: return Decision(.none, why: "tests run beside one another")
        }
    }

    func ringCapacity(_ name: Profile.Name) -> Decision<Int> {
        let byMemory = automatic.channelCapacity
        switch name {
        case .auto, .production: return byMemory
        case .lowLatency:
            return capacity(fittingLevel: 1, most: byMemory.value)
                ?? Decision(
                    min(256, byMemory.value), why: "the size of L1d is unknown: the least usual")
        case .performance: return capacity(fittingLevel: 2, most: 8192) ?? byMemory
        case .minimal: return Decision(64, why: "64 cache lines are a page")
        case .testing: return Decision(16, why: "full, empty and wrap-around come often")
        }
    }

    /// The largest power of two of slots of a cache line that takes half of a cache, so that the
    /// other half is left for what is done with them.
    private func capacity(fittingLevel level: Int, most: Int) -> Decision<Int>? {
        let caches = (machine.topology.caches.value ?? []).filter {
            $0.level == level && $0.kind != .instruction
        }
        // Cores of several kinds have several sizes: the ring must fit them all.
        guard let cache = caches.min(by: { size($0) < size($1) }), let bytes = cache.size.value
        else { return nil }
        let slots = Int(min(bytes.rawValue / 2 / 64, UInt64(most)))
        guard slots > 0 else { return nil }
        let capacity = 1 << (Int.bitWidth - 1 - slots.leadingZeroBitCount)
        let why = "slots of 64 B in half of \(cache.name) of \(bytes), at most \(most)"
        return Decision(capacity, why: why)
    }

    private func size(_ cache: Topology.Cache) -> UInt64 { cache.size.value?.rawValue ?? 0 }

    func batchSize(_ name: Profile.Name, capacity: Int) -> Decision<Int> {
        let (wanted, reason): (Int, String) =
            switch name {
            case .auto: (32, "indices published every 32 elements cost little and delay little")
            case .lowLatency: (1, "nothing waits for its neighbours")
            case .performance: (256, "one publication for 256 elements")
            case .production: (64, "between delay and cost")
            case .minimal: (16, "small buffers")
            case .testing: (4, "several batches to a ring")
            }
        let most = max(1, capacity / 4)
        return wanted <= most
            ? Decision(wanted, why: reason)
            : Decision(most, why: "a quarter of the ring, so that both sides can work at once")
    }

    func durability(_ name: Profile.Name) -> Decision<Profile.Durability> {
        let (sync, device) = usualSync
        switch name {
        case .auto, .production:
            return Decision(
                .group(maxDelay: sync),
                why: "waits no longer than about one sync of \(device)")
        case .performance:
            return Decision(
                .group(maxDelay: sync * 4),
                why: "about four syncs of \(device): more writes share each")
        case .lowLatency: return Decision(.each, why: "no write waits for another")
        case .minimal: return Decision(.each, why: "nothing is kept waiting in memory")
        case .testing: return Decision(.none, why: "tests need no durability, and syncs are slow")
        }
    }

    /// The order of magnitude of one sync, by what the kernel says of the device. Virtual devices
    /// claim to turn whatever lies below, so that claim counts on real machines alone.
    private var usualSync: (Nanoseconds, String) {
        let storage = machine.storage
        if storage.durability.value == .memory { return (.microseconds(100), "a file in memory") }
        if storage.isNVMe.value == true { return (.microseconds(100), "an NVMe device") }
        if storage.durability.value == .deviceWithoutVolatileCache {
            return (.microseconds(100), "a device without a volatile cache")
        }
        if storage.isRotational.value == true,
            machine.environment.virtualisation.value?.isVirtual == false
        {
            return (.milliseconds(8), "a turning disk")
        }
        return (.milliseconds(1), "a device of unknown speed")
    }

    func hugePages(_ name: Profile.Name) -> Decision<Profile.HugePagePolicy> {
        switch name {
        case .minimal: return Decision(.none, why: "a huge page is mostly unused in small buffers")
        case .testing: return Decision(.none, why: "alike on every machine")
        case .lowLatency, .performance:
            let free = machine.memory.hugePages.value?.first { ($0.free.value ?? 0) > 0 }
            if let free, let count = free.free.value {
                return Decision(.reserved, why: "\(count) pages of \(free.size) are free")
            }
            return transparentHugePages
        case .auto, .production: return transparentHugePages
        }
    }

    private var transparentHugePages: Decision<Profile.HugePagePolicy> {
        let mode = machine.memory.transparentHugePages
        guard let word = mode.value else {
            return Decision(.none, why: "the kernel's mode is unknown (\(mode.reason ?? ""))")
        }
        return ["always", "madvise"].contains(word)
            ? Decision(.transparent, why: "the kernel's mode is '\(word)'")
            : Decision(.none, why: "the kernel's mode is '\(word)'")
    }

    func busyPolling(_ name: Profile.Name) -> Decision<Bool> {
        switch name {
        case .auto, .production: return Decision(false, why: "a poller takes a core for itself")
        case .minimal: return Decision(false, why: "an idle poller uses processor time")
        case .testing: return Decision(false, why: "alike on every machine")
        case .lowLatency, .performance: break
        }
        let setups = machine.storage.ioUring.setups
        if hasQuota { return Decision(false, why: "a quota would be spent on polling") }
        guard cores >= 4 else {
            return Decision(
                false, why: "\(counted(cores, "core")): below 4 the poller takes the workers' time")
        }
        guard let working = setups.value else {
            return Decision(
                false, why: "whether io_uring can poll is unknown (\(setups.reason ?? ""))")
        }
        return working.contains("SQPOLL")
            ? Decision(true, why: "\(cores) cores, and io_uring's SQPOLL works")
            : Decision(false, why: "io_uring's SQPOLL does not work here")
    }
}
