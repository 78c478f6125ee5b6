import Glibc
import Randomness
import Storage

/// Every short sequence of operations.
extension CrashExplorer where Subject: ~Copyable {
    /// Runs every sequence of one to `length` operations, and crashes each after every step, its
    /// opening and closing included: by a kill, by power cuts that leave nothing and everything, and
    /// by `draws` power cuts of each persistence that leave a part. Every so often the recovery is
    /// itself crashed after each of its steps.
    package mutating func exploreSequences(upTo length: Int, draws: Int, seed: Seed) {
        let before = report.crashes
        defer { count.take(report, since: before) }
        for (number, operations) in sequences(upTo: length).enumerated() {
            guard report.finding == nil else { return }
            let run = Run(operations: operations)
            let course = course(of: run, from: start, promises)
            if let complaint = course.complaint {
                note(complaint, .kill, course.end, after: run, course)
            }
            let seed = seed.derived(for: number)
            for (index, moment) in course.moments.enumerated() {
                let seed = seed.derived(for: index)
                for crash in CrashExplorer.crashes(draws: draws, seed) {
                    check(moment, crash, after: run, course)
                }
                if index % 4 == number % 4 { crashTwice(at: moment, run, course, seed) }
            }
        }
    }

    /// Runs every sequence of up to `length` operations once for each step and each way in which the
    /// step may fail, and crashes it after every later step, by a kill or by a power cut in turns; by all
    /// of them after the last step, and everywhere in torture.
    package mutating func exploreFaults(upTo length: Int, seed: Seed) {
        let crashes = report.crashes
        defer { count.take(report, since: crashes) }
        for (number, operations) in sequences(upTo: length).enumerated() {
            let seed = seed.derived(for: number)
            let plain = course(of: Run(operations: operations), from: start, promises)
            var seen: [StorageError.Operation: Int] = [:]
            for (index, step) in plain.trace.enumerated() {
                let before = seen[step.operation, default: 0]
                seen[step.operation] = before + 1
                for (kind, fault) in FaultPlan.faults(of: step.operation).enumerated() {
                    guard report.finding == nil else { return }
                    var run = Run(operations: operations)
                    run.faults.inject(
                        fault, on: step.operation, after: before,
                        times: (index + kind) % 3 == 0 ? fault.lasting : 1)
                    crash(run, behind: index, seed.derived(for: index * 16 + kind))
                }
            }
        }
    }

    private mutating func crash(_ run: Run, behind step: Int, _ seed: Seed) {
        let course = course(of: run, from: start, promises)
        let last = course.moments.count - 1
        for (index, moment) in course.moments.enumerated() where moment.steps > step {
            let seed = seed.derived(for: index)
            let persistence = Persistence.allCases[index / 3 % Persistence.allCases.count]
            let crashes: [Crash] = [
                .kill, .powerCut(persistence, .nothing), .powerCut(persistence, .chosen(seed)),
            ]
            // In turns, but at the end, where what the fault has left is all that there will be.
            for (number, crash) in crashes.enumerated()
            where CrashBudget.isTorture || index == last || index % crashes.count == number {
                check(moment, crash, after: run, course)
            }
        }
    }

    /// Crashes at the moment and then again after each step of the recovery and of what follows.
    private mutating func crashTwice(
        at moment: Moment, _ run: Run, _ course: Course, _ seed: Seed
    ) {
        let persistence = Persistence.allCases[moment.steps % Persistence.allCases.count]
        let first: Crash =
            seed.rawValue % 4 == 0 ? .kill : .powerCut(persistence, .chosen(seed))
        var next = Run(crash: moment.audited(after: first))
        next.operations = [alphabet[Int(seed.rawValue % UInt64(alphabet.count))]]
        let recovery = self.course(of: next, from: moment.state.after(first), moment.promises)
        let story = "\(run.operations), \(first) after step \(moment.steps), then "
        if let complaint = recovery.complaint {
            note(complaint, first, moment, after: run, course)
        }
        for (index, moment) in recovery.moments.enumerated() {
            let seed = seed.derived(for: index)
            let second: Crash =
                seed.rawValue % 4 == 0 ? .kill : .powerCut(persistence, .chosen(seed))
            check(moment, second, after: next, recovery, story)
        }
    }

    private func sequences(upTo length: Int) -> [[Subject.Operation]] {
        var all: [[Subject.Operation]] = []
        var last: [[Subject.Operation]] = [[]]
        for _ in 0..<length {
            last = last.flatMap { sequence in alphabet.map { sequence + [$0] } }
            all += last
        }
        return all
    }

    /// The ways to crash at a moment.
    private static func crashes(draws: Int, _ seed: Seed) -> [Crash] {
        [.kill, .powerCut(.journaled, .nothing), .powerCut(.journaled, .everything)]
            + (0..<draws).flatMap { draw in
                Persistence.allCases.map { .powerCut($0, .chosen(seed.derived(for: draw))) }
            }
    }
}

extension FaultPlan {
    /// The ways in which an operation of this kind may fail.
    static func faults(of operation: StorageError.Operation) -> [Fault] {
        let codes: [Int32] =
            switch operation {
            case .open, .create, .makeDirectory: [EIO, ENOSPC, EMFILE]
            case .write: [EIO, EINTR, ENOSPC, EDQUOT, EFBIG, EAGAIN]
            case .sync: [EIO, EINTR, ENOSPC]
            case .read: [EIO, EINTR]
            case .truncate: [EIO, ENOSPC, EFBIG]
            case .lock: [ENOLCK]
            default: [EIO]
            }
        let errors = codes.map { Fault.error(ErrorNumber(code: $0)) }
        switch operation {
        case .write: return errors + [.short(0), .short(1), .short(513)]
        case .read: return errors + [.short(1), .short(513)]
        default: return errors
        }
    }
}
