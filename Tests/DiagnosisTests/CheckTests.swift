import Hardware
import Quantities
import Testing

@testable import Diagnosis
@testable import Measurement

@Suite struct CheckTests {
    private static func known<Value>(_ value: Value) -> Fact<Value> { Patient.known(value) }

    /// One way of being sick, and what must be found.
    struct Sickness: CustomTestStringConvertible, Sendable {
        let id: String
        let severity: Finding.Severity
        /// A part of what is measured.
        let measured: String
        /// The cost's value, where one is measured.
        var cost: Double?
        let infect: @Sendable (inout Examination) throws -> Void

        var testDescription: String { "\(id): \(measured)" }
    }

    @Test func `nothing is held against a healthy machine, and what is said is harmless`() throws {
        let findings = try Patient.healthy().findings
        #expect(findings.allSatisfy { $0.severity == .harmless })
        #expect(
            findings.map(\.id) == [
                "jitter", "jitter", "placement", "clock-source", "tick-counter",
            ])
        #expect(findings.allSatisfy { $0.remedy.isEmpty })
    }

    @Test(arguments: noises + rates)
    func `noise that was measured is found, with what it costs`(sickness: Sickness) throws {
        try diagnose(sickness)
    }

    @Test(arguments: settings + limits + memory)
    func `a setting that spoils figures is found`(sickness: Sickness) throws {
        try diagnose(sickness)
    }

    private func diagnose(_ sickness: Sickness) throws {
        var examination = try Patient.healthy()
        try sickness.infect(&examination)
        let found = examination.findings.filter { $0.id == sickness.id }
        let finding = try #require(
            found.first { $0.measured.contains(sickness.measured) },
            "\(found.map(\.measured))")
        #expect(finding.severity == sickness.severity)
        #expect(finding.cost.value.map { ($0 * 1e6).rounded() / 1e6 } == sickness.cost)
        #expect(finding.severity == .harmless || !finding.remedy.isEmpty)
        #expect(!finding.source.isEmpty && !finding.cost.description.isEmpty)
        // One sickness is not taken for another.
        let others = examination.findings.filter { $0.id != sickness.id }
        #expect(others.allSatisfy { $0.severity == .harmless }, "\(others.map(\.id))")
    }

    @Test func `every check has a name of its own and is reached by some sickness`() {
        let ids = Check.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        let reached = Set(
            (Self.noises + Self.rates + Self.settings + Self.limits + Self.memory)
                .map(\.id))
        #expect(Set(ids).subtracting(reached).isEmpty, "\(Set(ids).subtracting(reached))")
    }

    @Test func `the most serious finding comes first`() throws {
        var examination = try Patient.healthy()
        examination.machine.environment.clockSource = Self.known("hpet")
        examination.machine.environment.frequencyBoost = Self.known(true)
        let severities = examination.findings.map(\.severity)
        #expect(severities == severities.sorted(by: >))
        #expect(examination.findings.first?.id == "clock-source")
    }

    @Test func `what is not known is said to be, and never taken for healthy or sick`() throws {
        var examination = try Patient.healthy()
        examination.machine.environment.clockSource = Patient.unknown()
        examination.machine.environment.isTickCounterInvariant = Patient.unknown()
        examination.machine.environment.virtualisation = Patient.unknown()
        examination.machine.environment.mitigations = Patient.unknown()
        examination.machine.memory.available = Patient.unknown()
        examination.settings.addressRandomisation = Patient.unknown()
        examination.settings.usedSwap = Patient.unknown()
        examination.settings.space = Patient.unknown()
        let found = examination.findings.filter { $0.measured.contains("nobody looked") }
        #expect(found.count == 8)
        #expect(found.allSatisfy { $0.severity == .harmless && $0.cost.value == nil })
    }

    @Test func `the text of a finding is pinned`() throws {
        var examination = try Patient.healthy()
        examination.jitter[1] = Patient.jitter(1, gaps: [4000, 3], switched: false)
        let finding = try #require(examination.findings.first { $0.severity == .notable })
        #expect(finding.subject == "time taken from core 1")
        #expect(
            finding.measured
                == "longest gap 4 ms: unknown: a hypervisor without steal accounting, or firmware; "
                + "2 gaps a second above 1 µs, watched for 1 s")
        #expect(
            finding.cost.description == "0.4 % of the time, and the tail of whatever it hits")
        #expect(
            finding.remedy
                == "on a virtual machine ask for dedicated cores; on metal look for firmware "
                + "interrupts with the kernel's hwlat tracer")
    }
}
