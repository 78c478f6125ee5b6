import ArgumentParser
import Benchmarks
import Claims
import Hardware
import Runs
import StrictYAML
import Workloads

/// Says what there is.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Say what there is.",
        discussion: """
            Examples:
              nilometer list workloads
              nilometer list profiles      # what each profile resolves to here, and why
              nilometer list counters      # what can be counted here, and what cannot
              nilometer list claims --json
            """)

    /// What can be listed.
    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case workloads, claims, profiles, counters, suites
    }

    @Argument(help: "What to list.")
    var subject: Subject

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        switch subject {
        case .workloads: try listWorkloads()
        case .suites: try listSuites()
        case .claims: try listClaims()
        case .profiles: try listProfiles()
        case .counters: try listCounters()
        }
    }

    private struct Named: Encodable {
        let name: String
        let summary: String
    }

    private struct Listing<Row: Encodable>: Encodable {
        let schema: String
        let rows: [Row]
    }

    private func show(_ rows: [Named], _ schema: String) throws {
        if json { return try Terminal.output(json: Listing(schema: schema, rows: rows)) }
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
            let padding = String(repeating: " ", count: width - row.name.count)
            Terminal.output("\(row.name)\(padding)  \(row.summary)\n")
        }
    }

    private func listWorkloads() throws {
        let catalogue = try Installation.catalogue()
        try show(
            catalogue.workloads.map { Named(name: $0.name.value, summary: $0.summary) },
            "nilometer/workloads/1")
    }

    private func listSuites() throws {
        let catalogue = try Installation.catalogue()
        try show(
            catalogue.suites.map { Named(name: $0.name.value, summary: $0.summary) },
            "nilometer/suites/1")
    }

    private func listClaims() throws {
        let claims = try Installation.claims()
        try show(
            claims.claims.map { document, claim in
                Named(
                    name: claim.id.value,
                    summary: "\(claim.subject): \(claim.metric) \(claim.comparator.rawValue) "
                        + "\(claim.value) \(claim.unit) (\(document.name.value))")
            }, "nilometer/claims-list/1")
    }

    private func listProfiles() throws {
        let machine = try Detection.machine(.running, directory: ".")
        let profiles = Profile.all(on: machine)
        if json {
            try Terminal.output(
                json: Listing(schema: "nilometer/profiles/1", rows: profiles))
        } else {
            Terminal.output(ProfileDescription(profiles).page(style: Terminal.machineStyle))
        }
    }
}
