import Quantities

extension Machine {
    /// How many physical cores this process can keep busy: those of which it may use a hardware
    /// thread, and no more than whole processors in its quota of time, but at least one.
    ///
    /// A quota of 1.5 processors comes to one core: a second busy thread would be stopped half of
    /// the time, at moments that nobody chooses. A quota that is unknown does not count.
    public var usableCoreCount: Fact<Int> {
        topology.usableCores.flatMap { cores in
            let source = topology.usableCores.source
            guard !cores.isEmpty else {
                return .unknown(reason: "no core of this machine may be used", source: source)
            }
            guard let quota = environment.processorQuota.value?.value,
                quota < Double(cores.count)
            else { return .known(cores.count, source: source) }
            return .known(
                max(1, Int(quota)), source: "\(source); \(environment.processorQuota.source)")
        }
    }

    /// How much memory this process can use: all of the machine's, or its control groups' limit
    /// where that is lower. A limit that is unknown does not count.
    public var usableMemory: Fact<ByteCount> {
        memory.total.flatMap { total in
            guard let limit = environment.memoryLimit.value?.value, limit < total else {
                return memory.total
            }
            return .known(limit, source: environment.memoryLimit.source)
        }
    }
}
