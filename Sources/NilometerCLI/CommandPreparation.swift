import Foundation
import Measurement
import Quantities
import Runs
import Workloads

/// Checks the commands of a plan before anything is measured or written, and says how long it will
/// take.
struct CommandPreparation {
    /// What commands are bound to where their workload says so.
    let processingUnits: [Int]
    /// Whether `--counters` was given.
    let countersAreNamed: Bool
    /// Whether the plan's times are to be chosen by how long the commands take, within a budget where
    /// there is one.
    var timesAreOpen = false
    var budget: Nanoseconds?

    /// Runs every command of `plan` for a look at it, and chooses times where they are open. What an
    /// earlier look noticed, on whatever machine that was, is forgotten.
    func prepare(_ plan: inout [PlannedWorkload]) throws {
        try refuseCounters(of: plan)
        for index in plan.indices {
            // Neither this process nor the forks have other children meanwhile.
            plan[index].commands?.adoptsOrphans = true
            guard let commands = plan[index].commands else { continue }
            let check = try checked(commands, of: plan[index])
            plan[index].commands?.remarks = check.remarks.isEmpty ? nil : check.remarks
            for remark in check.remarks {
                Terminal.error("warning: \(plan[index].workload): \(remark)")
            }
            let forks = plan[index].forks
            if timesAreOpen {
                plan[index].time =
                    check.time(forks: forks, budget: budget, overhead: Planner.forkOverhead)
                    .rawValue
            }
            let total = check.total(forks: forks, time: Nanoseconds(plan[index].time))
            let names = commands.contenders.map(\.name).joined(separator: " and ")
            Terminal.error(
                "\(plan[index].workload): \(names) in \(forks) processes, a round of all takes "
                    + "\(check.round), about \(total) in all")
        }
    }

    /// Counters of this process would mix warm-up, all contenders and their floors, and the presets
    /// would count the thread that waits for them.
    private func refuseCounters(of plan: [PlannedWorkload]) throws {
        guard countersAreNamed, let planned = plan.first(where: { $0.commands != nil }) else {
            return
        }
        throw Stop.badInput(
            "--counters: beside the commands of '\(planned.workload)', whose runs they cannot tell "
                + "apart; expected --instructions")
    }

    private func checked(
        _ commands: MeasuredCommands, of planned: PlannedWorkload
    ) throws -> CommandCheck {
        let place = timesAreOpen ? "--command" : "the workload '\(planned.workload)'"
        do {
            return try CommandCheck(commands, processingUnits: processingUnits)
        } catch let failure as CommandProgram.Failure {
            let isSecond = CommandPreparation.isFound(commands.contenders[0])
            throw Stop.badInput("\(timesAreOpen && isSecond ? "--vs" : place): \(failure)")
        } catch let failure as CommandFailure {
            throw Stop.badInput("\(failure)")
        } catch let failure as CommandLauncher.Failure {
            throw Stop.badInput("\(place): \(failure)")
        } catch {
            throw Stop.cannot("\(error)")
        }
    }

    private static func isFound(_ contender: MeasuredCommands.Contender) -> Bool {
        guard let text = try? CommandText(contender.text) else { return false }
        return (try? CommandProgram(text)) != nil
    }

    /// What the first command that failed in a measured run said; `nil` where none did.
    static func failure(in manifest: Manifest) -> String? {
        for fork in manifest.forks where manifest.workloads[fork.workload].commands != nil {
            // The fork's own line: a failed command ends it with the tool's status for bad input.
            guard let failure = fork.failure, failure.contains("ended with status 2: "),
                let line = failure.firstRange(of: "nilometer: ")
            else { continue }
            return String(failure[line.upperBound...])
        }
        return nil
    }
}
