import Measurement

/// Which forks of a run go into no figure: those that were disturbed and measured again.
struct SetAsideForks {
    private struct Fork {
        let planned: PlannedWorkload
        let number: Int
    }

    private let forks: [Fork]

    init(_ manifest: Manifest) {
        forks = manifest.forks.filter { $0.setAside != nil }
            .map { Fork(planned: manifest.workloads[$0.workload], number: $0.fork) }
    }

    /// Whether what `fork` recorded of a figure is set aside.
    func contain(_ fork: Int, of key: FigureKey) -> Bool {
        forks.contains { one in
            one.number == fork && one.planned.workload == key.workload
                && one.planned.profile == key.profile
                && one.planned.parameters.agrees(with: key.parameters)
        }
    }

    /// Whether no fork is set aside.
    var isEmpty: Bool { forks.isEmpty }
}

extension ParameterSet {
    /// Whether no key has one value here and another in `figure`: a figure may lack keys that the
    /// plan has, and have others besides.
    func agrees(with figure: ParameterSet) -> Bool {
        pairs.allSatisfy { figure[$0.key] == nil || figure[$0.key] == $0.value }
    }
}

extension Run {
    /// The run without what its set-aside forks recorded: what figures and pictures are made of.
    public var standing: Run {
        let aside = SetAsideForks(manifest)
        guard !aside.isEmpty else { return self }
        return Run(
            manifest: manifest, machine: machine,
            samples: samples.filter { !aside.contain($0.fork, of: $0.key) },
            distributions: distributions.filter { !aside.contain($0.fork, of: $0.key) },
            checkups: checkups)
    }

    /// What its set-aside forks recorded, which is in no figure.
    public var setAsideSamples: [SampleSeries] {
        let aside = SetAsideForks(manifest)
        return aside.isEmpty ? [] : samples.filter { aside.contain($0.fork, of: $0.key) }
    }
}
