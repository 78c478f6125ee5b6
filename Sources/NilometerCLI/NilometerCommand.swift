import ArgumentParser

/// The tool.
struct NilometerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nilometer",
        abstract: "Measures what this machine can really do, and holds published figures to "
            + "account.",
        discussion: """
            Start with:
              nilometer detect                 the machine, and where each fact came from
              nilometer doctor                 what would make figures untrustworthy, and its cost
              nilometer run                    the quick suite: figures, verdicts, a folder of \
            results
              nilometer run ring.lookup        one workload
              nilometer validate 'ANKH-*'      verdicts on some claims
              nilometer report Results/latest  the reports of a run again
              nilometer simulate chain --crash tail  a protocol in virtual time, under faults
              nilometer cluster --kill leader  a replicated store over processes, and who dies
              nilometer regress --baseline main  the same again, and whether it got slower

            Exit codes: 0 done; 1 a regression (regress), a refuted claim under --strict, or a run
            that its checkers found wrong (simulate, cluster);
            2 bad usage or input; 3 this machine can't do it; 130 interrupted.
            """,
        version: BuildInfo.description,
        subcommands: [
            DetectCommand.self, DoctorCommand.self, ListCommand.self, RunCommand.self,
            ValidateCommand.self,
            CompareCommand.self, RegressCommand.self, BaselineCommand.self, HistoryCommand.self,
            ReportCommand.self, SimulateCommand.self, NodeCommand.self, ClusterCommand.self,
            ForkCommand.self, CounterCommand.self,
        ])
}
