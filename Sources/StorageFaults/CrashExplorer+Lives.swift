import Randomness
import Storage

/// Long lives of many crashes, drawn by seed.
extension CrashExplorer where Subject: ~Copyable {
    /// Lives `lives` lives of up to `crashes` crashes, each with runs of up to `length` operations in
    /// between, in which now and then something fails.
    ///
    /// What is on the device at the end of a run is what the next begins with, so that what one
    /// recovery leaves behind meets the next.
    package mutating func exploreLives(_ lives: Int, crashes: Int, length: Int, seed: Seed) {
        let before = report.crashes
        defer { count.take(report, since: before) }
        for life in 0..<lives {
            guard report.finding == nil else { return }
            var generator = seed.derived(for: life).generator()
            live(crashes: crashes, length: length, "life \(life) of seed \(seed): ", &generator)
        }
    }

    private mutating func live(
        crashes: Int, length: Int, _ story: String, _ generator: inout Xoshiro256StarStar
    ) {
        var before = Run()
        var course = self.course(of: before, from: start, promises)
        var moment = course.end
        for number in 0...crashes {
            var run = Run()
            var state = moment.state
            if number > 0 {
                report.crashes += 1
                run.crash = drawnCrash(&generator)
                state = crashed(moment, &run, &generator)
            }
            if number < crashes { prepare(&run, length: length, &generator) }
            let next = self.course(of: run, from: state, moment.promises)
            if let complaint = next.complaint {
                return note(
                    complaint, run.crash ?? .kill, moment, after: before, course,
                    story + "crash \(number), ")
            }
            (before, course) = (run, next)
            // What a failure has left is to be seen at the end alone: nothing is written after it.
            moment =
                generator.next(below: 4) == 0
                ? next.end : next.moments[Int(generator.next(below: UInt64(next.moments.count)))]
        }
    }

    /// The machine after the crash that `run` begins with.
    ///
    /// Sometimes the first attempt at a recovery meets an error, and then the power goes. Whether it
    /// opened or not, it must not have made matters worse.
    private func crashed(
        _ moment: Moment, _ run: inout Run, _ generator: inout Xoshiro256StarStar
    ) -> FileSystemState {
        guard let crash = run.crash else { return moment.state }
        let state = moment.state.after(crash)
        run.crash = moment.audited(after: crash)
        guard generator.next(below: 4) == 0 else { return state }
        var attempt = Run(crash: crash, isAudited: false, isRecorded: false)
        attempt.faults = drawnFaults(1, &generator)
        let second = Crash.powerCut(.reordered, .chosen(Seed(generator.next())))
        run.crash = second
        return course(of: attempt, from: state, moment.promises).end.state.after(second)
    }

    /// Draws operations, and now and then faults.
    private func prepare(
        _ run: inout Run, length: Int, _ generator: inout Xoshiro256StarStar
    ) {
        for _ in 0...generator.next(below: UInt64(length)) {
            run.operations.append(
                alphabet[Int(generator.next(below: UInt64(alphabet.count)))])
        }
        if generator.next(below: 2) == 0 {
            run.faults = drawnFaults(1 + Int(generator.next(below: 2)), &generator)
        }
    }

    private func drawnCrash(_ generator: inout Xoshiro256StarStar) -> Crash {
        guard generator.next(below: 4) > 0 else { return .kill }
        let persistence = Persistence.allCases[
            Int(generator.next(below: UInt64(Persistence.allCases.count)))]
        return .powerCut(persistence, .chosen(Seed(generator.next())))
    }

    private func drawnFaults(
        _ count: Int, _ generator: inout Xoshiro256StarStar
    ) -> FaultPlan {
        let operations: [StorageError.Operation] = [
            .write, .write, .sync, .sync, .truncate, .read, .syncDirectory, .create, .rename,
            .remove, .list, .open,
        ]
        var plan = FaultPlan()
        for _ in 0..<count {
            let operation = operations[Int(generator.next(below: UInt64(operations.count)))]
            let faults = FaultPlan.faults(of: operation)
            let fault = faults[Int(generator.next(below: UInt64(faults.count)))]
            plan.inject(
                fault, on: operation, after: Int(generator.next(below: 8)),
                times: generator.next(below: 4) == 0 ? fault.lasting : 1)
        }
        return plan
    }
}
