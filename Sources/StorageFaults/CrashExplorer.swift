import Randomness

/// Crashes a subject wherever it can be crashed, and compares what is left with what it promised.
///
/// The idea is that of Pillai et al., "All File Systems Are Not Created Equal: On the Complexity of
/// Crafting Crash-Consistent Applications" (OSDI 2014), with the file system simulated rather than
/// traced: a run is recorded as the machine's states between its steps; from each of them a crash is
/// made, the subject is opened again, and its auditor looks at it. Nothing is drawn but by seed.
package struct CrashExplorer<Subject: CrashSubject & ~Copyable> {
    /// Makes a new opener on the machine.
    package let open: (SimulatedFileSystem) throws(Subject.Failure) -> Subject
    /// What is promised before the first operation.
    let promises: Subject.Promises
    /// The operations that sequences are made of.
    let alphabet: [Subject.Operation]
    /// The machine before the first opening.
    let start: FileSystemState
    /// What was found so far.
    package var report = CrashReport()
    /// What the report came to, for the process.
    let count = CrashCount()

    /// An explorer of what `open` makes.
    ///
    /// - Parameter start: The machine before the first opening: directories that are there already,
    ///   limits.
    package init(
        alphabet: [Subject.Operation], promises: Subject.Promises,
        start: FileSystemState = FileSystemState(),
        open: @escaping (SimulatedFileSystem) throws(Subject.Failure) -> Subject
    ) {
        self.open = open
        self.promises = promises
        self.alphabet = alphabet
        self.start = start
    }

    /// The machine between two steps, and what was promised by then.
    struct Moment {
        let state: FileSystemState
        let promises: Subject.Promises
        /// How many steps of the run lie before it.
        let steps: Int
        /// The crash before the run, until an audit has said what it left.
        let unaudited: Crash?

        /// What a crash now is to an auditor: nobody may ask for what an earlier power cut has taken
        /// because a kill came later.
        func audited(after crash: Crash) -> Crash {
            guard let unaudited, unaudited.isPowerCut, !crash.isPowerCut else { return crash }
            return unaudited
        }
    }

    /// What is done between two crashes.
    struct Run {
        /// The crash before, if there was one.
        var crash: Crash?
        var operations: [Subject.Operation] = []
        var faults = FaultPlan()
        /// Whether the subject is asked what the crash left, before anything goes wrong.
        var isAudited = true
        /// Whether moments are recorded.
        var isRecorded = true
    }

    /// What came of a run.
    struct Course {
        var moments: [Moment] = []
        var trace: [FileStep] = []
        /// What was wrong at the beginning.
        var complaint: String?
        /// The machine at the end, and the promises then.
        var end: Moment
    }

    private final class Recorder {
        var moments: [Moment] = []
        var unaudited: Crash?
    }

    /// Opens the subject on a machine in this state and lets it run.
    func course(
        of run: Run, from state: FileSystemState, _ promises: Subject.Promises
    ) -> Course {
        let machine = SimulatedFileSystem(state)
        let ledger = Ledger(promises)
        let recorder = Recorder()
        recorder.unaudited = run.crash
        if run.isRecorded {
            machine.observer = { [unowned machine] state in
                guard !machine.repeatsItself else { return }
                recorder.moments.append(
                    Moment(
                        state: state, promises: ledger.promises, steps: machine.trace.count,
                        unaudited: recorder.unaudited))
            }
        }
        let complaint = drive(run, machine, ledger, recorder)
        machine.observer = nil
        let end = Moment(
            state: machine.state, promises: ledger.promises, steps: machine.trace.count,
            unaudited: recorder.unaudited)
        return Course(
            moments: recorder.moments + (run.isRecorded ? [end] : []), trace: machine.trace,
            complaint: complaint, end: end)
    }

    private func drive(
        _ run: Run, _ machine: SimulatedFileSystem, _ ledger: Ledger<Subject.Promises>,
        _ recorder: Recorder
    ) -> String? {
        // An audit is made without faults: what it finds missing is missing.
        let crash = run.isAudited ? run.crash : nil
        if crash == nil { machine.faults = run.faults }
        do throws(Subject.Failure) {
            var subject = try open(machine)
            if let crash {
                var promises = ledger.promises
                if let complaint = subject.audit(&promises, after: crash) { return complaint }
                ledger.promises = promises
                recorder.unaudited = nil
                machine.faults = run.faults
            }
            for operation in run.operations { subject.perform(operation, ledger) }
            if !run.operations.isEmpty { subject.close(ledger) }
            return nil
        } catch {
            // Whoever meets faults may refuse to open; otherwise it must, after every crash.
            return crash != nil || run.faults.isEmpty ? "it does not open: \(error)" : nil
        }
    }

    /// Crashes at `moment`, opens the subject again, and has it audited.
    mutating func check(
        _ moment: Moment, _ crash: Crash, after run: Run, _ course: Course, _ story: String = ""
    ) {
        guard report.finding == nil else { return }
        report.crashes += 1
        let again = self.course(
            of: Run(crash: moment.audited(after: crash), isRecorded: false),
            from: moment.state.after(crash),
            moment.promises)
        guard let complaint = again.complaint else { return }
        note(complaint, crash, moment, after: run, course, story)
    }

    /// Notes a broken promise.
    mutating func note(
        _ complaint: String, _ crash: Crash, _ moment: Moment, after run: Run, _ course: Course,
        _ story: String = ""
    ) {
        guard report.finding == nil else { return }
        report.finding = CrashFinding(
            operations: story + "\(run.operations)", faults: run.faults.description,
            crash: "\(crash), after step \(moment.steps) of \(course.trace.count)",
            complaint: complaint, trace: course.trace.prefix(moment.steps).suffix(60))
    }
}
