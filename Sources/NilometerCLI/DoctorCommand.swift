import ArgumentParser
import Diagnosis
import Foundation
import Hardware
import Measurement
import Quantities
import Regression

/// Says what on this machine would make figures untrustworthy.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Measure this machine's noise and say what makes its figures untrustworthy, "
            + "what each costs, and how to mend it.",
        discussion: """
            Examples:
              nilometer doctor
              nilometer doctor --json
              nilometer doctor --cpus 2,3 --time 30s   # other cores, for longer
              nilometer doctor --path /var/lib         # the room under another directory

            Ends with 0 whatever it finds. The smallest effect that a comparison can show is kept in
            $XDG_STATE_HOME/nilometer (~/.local/state/nilometer) for 'compare' and 'regress', and
            removed from there when this machine is found too noisy for any.
            """)

    @Option(help: "Processing units to examine, separated by commas.")
    var cpus: String?

    @Option(help: "Time for all measurements, such as 20s.")
    var time = "20s"

    @Option(help: "Directory that storage workloads write to.")
    var path = "."

    @Flag(help: "Print one JSON document.")
    var json = false

    /// The share of the time in which a loop is compared with itself.
    private static let shareOfComparisons = 0.4

    /// What an examination may take.
    private static let allowedTimes = Nanoseconds.milliseconds(10)...Nanoseconds.seconds(3600)

    func run() throws {
        let time = try parsedTime()
        let machine = try Detection.machine(.running, directory: path)
        let units = try MeasurementOptions.processingUnits(cpus, of: machine.topology)
        guard !units.isEmpty else { throw Stop.cannot("no processing unit may be used") }
        let directory = machine.storage.directory.value ?? path
        let doctor = Doctor(machine: machine, processingUnits: units, directory: directory)
        let share = time * DoctorCommand.shareOfComparisons
        var report = try examine(by: doctor, for: time - share)
        do {
            let comparisons = try ComparisonsOfEquals(
                for: share, processingUnits: units, directory: directory)
            let effect = try comparisons.effect()
            report.smallestDetectable = comparisons.summary(of: effect)
            report.whyNotDetectable = nil
            report.detectableKeptIn = keep(effect, of: machine, processingUnits: units)
        } catch let tooShort as ComparisonsOfEquals.TooShort {
            report.whyNotDetectable = "\(tooShort)"
        } catch let unavailable as DetectableEffect.Unavailable {
            report.whyNotDetectable = "\(unavailable)"
            removeKept(because: unavailable)
        }
        if json {
            try Terminal.output(json: report)
        } else {
            Terminal.output(DoctorPage(report, colour: Terminal.wantsColour).text)
        }
    }

    /// Keeps the effect for later comparisons, and gives the file; that it could not is said, and the
    /// report stands.
    private func keep(
        _ effect: DetectableEffect, of machine: Machine, processingUnits: [Int]
    ) -> String? {
        func notKept(_ reason: String) -> String? {
            Terminal.error("nilometer: the effect is not kept: \(reason)")
            return nil
        }
        guard let store = HostEffectStore() else {
            return notKept("neither XDG_STATE_HOME nor HOME is a path")
        }
        guard let identifier = HostEffectStore.thisMachine else {
            return notKept("this machine has no /etc/machine-id that would tell it from others")
        }
        do {
            try store.save(
                HostEffect(
                    effect, workload: SlowdownTally.benchmark, processingUnits: processingUnits,
                    fingerprint: machine.fingerprint, tool: BuildInfo.version,
                    date: Date.now.formatted(.iso8601), machine: identifier))
            return store.path
        } catch {
            return notKept("\(error)")
        }
    }

    /// An effect of quieter times does not stand against what was just measured.
    private func removeKept(because unavailable: DetectableEffect.Unavailable) {
        switch unavailable {
        case .unstable, .notPositive: break
        // These say nothing of the machine.
        case .tooFewForks, .comparisonTooSmall: return
        }
        guard let store = HostEffectStore() else { return }
        do {
            guard try store.remove() else { return }
            Terminal.error("nilometer: removed '\(store.path)', an effect of quieter times")
        } catch {
            Terminal.error("nilometer: the effect of quieter times stays in force: \(error)")
        }
    }

    private func examine(by doctor: Doctor, for time: Nanoseconds) throws -> DoctorReport {
        var progress = ProgressLine()
        defer { progress.clear() }
        let start = TickClock.monotonicRaw()
        do {
            return try doctor.examine(for: time) { step in
                let done = Nanoseconds(Double(TickClock.monotonicRaw() - start))
                progress.show(done: done.inSeconds, total: time.inSeconds, label: step)
            }
        } catch let error as HardwareError {
            throw Stop.cannot("\(error)")
        }
    }

    private func parsedTime() throws -> Nanoseconds {
        let parsed: Nanoseconds
        do {
            parsed = try Nanoseconds(parsing: time)
        } catch {
            throw Stop.badInput("--time: \(error)")
        }
        guard DoctorCommand.allowedTimes.contains(parsed) else {
            throw Stop.badInput("--time: '\(time)' is not a time from 10ms to 1h")
        }
        return parsed
    }
}
