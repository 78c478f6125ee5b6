import Measurement

/// What a manifest that decodes may still not say.
enum ManifestProblem {
    /// The first thing in `manifest` that its readers could not work with; `nil` for every manifest that
    /// was written by a run.
    static func first(in manifest: Manifest) -> String? {
        for fork in manifest.forks where !manifest.workloads.indices.contains(fork.workload) {
            return "a fork names workload number \(fork.workload), there are "
                + "\(manifest.workloads.count)"
        }
        for planned in manifest.workloads
        where planned.forks < 1 || !planned.time.isFinite || planned.time <= 0 {
            return
                "workload '\(planned.workload)' has \(planned.forks) forks of \(planned.time) ns, "
                + "expected positive numbers"
        }
        guard manifest.overhead.wall >= 0, manifest.overhead.measured >= 0 else {
            return
                "the run took \(manifest.overhead.wall) ns, \(manifest.overhead.measured) of them "
                + "measured, expected no negative number"
        }
        return inForks(of: manifest) ?? inHistograms(of: manifest)
    }

    private struct Fork: Hashable {
        let workload: Int
        let number: Int
    }

    private static func inForks(of manifest: Manifest) -> String? {
        var seen: Set<Fork> = []
        for fork in manifest.forks {
            guard fork.fork >= 0 else { return "a fork has the number \(fork.fork)" }
            // What failed or was set aside may have been measured again under its number.
            guard fork.failure == nil, fork.setAside == nil else { continue }
            guard seen.insert(Fork(workload: fork.workload, number: fork.fork)).inserted else {
                return "fork \(fork.fork) of workload number \(fork.workload) is there twice"
            }
            if let time = fork.measuredTime, time < 0 {
                return "fork \(fork.fork) measured for \(time) ns"
            }
        }
        return nil
    }

    private struct Recorded: Hashable {
        let key: FigureKey
        let fork: Int?
    }

    private static func inHistograms(of manifest: Manifest) -> String? {
        var seen: Set<Recorded> = []
        for file in manifest.histograms {
            guard !file.file.contains("/"), !file.file.hasPrefix("."), !file.file.isEmpty else {
                return "'\(file.file)' is not the name of a histogram"
            }
            guard seen.insert(Recorded(key: file.key, fork: file.fork)).inserted else {
                return "'\(file.file)' is a second histogram of the same figure and fork"
            }
        }
        return nil
    }
}
