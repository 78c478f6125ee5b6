import Hardware

extension PoolConfiguration {
    /// For a workload with a name, on the running machine: begins with what was learnt of it there,
    /// follows the load, and saves what it comes to. Without anything learnt it begins as the
    /// profile says.
    ///
    /// - Parameters:
    ///   - workload: what the pool does, by a name of the program's own: one line of text.
    ///   - store: where it is kept; nil to learn for this run only.
    /// - Throws: `PoolError`: a machine that cannot be examined, or a name that is none.
    public init(
        workload: String, profile: Profile.Name = .auto, store: LearntStore? = LearntStore()
    ) throws(PoolError) {
        try self.init(
            workload: workload, profile: profile, on: try RunningMachine.described.get(),
            store: store)
    }

    /// As above, on a machine.
    public init(
        workload: String, profile: Profile.Name = .auto, on machine: Machine,
        store: LearntStore? = LearntStore()
    ) throws(PoolError) {
        self.init(profile: profile, on: machine)
        let adaptation = try PoolAdaptation(workload: workload, on: machine, store: store)
        if let flaw = adaptation.flaw { throw .adaptationUnsound(flaw) }
        self.adaptation = adaptation
        learnt = Self.find(adaptation)
        guard let found = learnt?.value?.settings else { return }
        workers = min(found.workers, adaptation.rules.workers.upperBound)
        batch = min(found.batch, adaptation.rules.largestBatch)
        waitStrategy = found.wait
    }

    /// What was learnt of the workload.
    private static func find(_ adaptation: PoolAdaptation) -> Decision<LearntConfiguration?> {
        guard let store = adaptation.store else {
            return Decision(nil, why: "there is no place for what is learnt")
        }
        do throws(DurableFileError) {
            let findings = try store.find(machine: adaptation.machine)
            let own = findings.configurations.first { $0.workload == adaptation.workload }
            if let own {
                return Decision(
                    own, why: "learnt here in \(own.readings) readings: \(store.path(of: own))")
            }
            let path = store.path(workload: adaptation.workload, machine: adaptation.machine)
            // A file of another name may be another workload's.
            if let flawed = findings.rejected.first(where: { $0.path == path }) {
                return Decision(nil, why: "not used: \(flawed)")
            }
            return Decision(nil, why: "nothing was learnt of '\(adaptation.workload)' here yet")
        } catch {
            return Decision(nil, why: "\(error)")
        }
    }
}
