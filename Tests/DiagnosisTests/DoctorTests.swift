import Foundation
import Hardware
import Quantities
import Testing

@testable import Diagnosis
@testable import Measurement

@Suite struct DoctorTests {
    @Test func `the verdict names what is serious, each once`() throws {
        var examination = try Patient.healthy()
        #expect(
            DoctorReport(examination, duration: 1).verdict
                == "nothing speaks against figures taken here now")
        examination.machine.environment.frequencyBoost = Patient.known(true)
        #expect(
            DoctorReport(examination, duration: 1).verdict
                == "figures can be taken here; 1 finding will show in tails or spread")
        examination.jitter = [0, 1].map { Patient.jitter($0, gaps: [50_000]) }
        examination.machine.environment.clockSource = Patient.known("hpet")
        let report = DoctorReport(examination, duration: 1)
        #expect(
            report.verdict == "figures taken here now are to be doubted: jitter, clock-source")
        #expect(report.count(.serious) == 3)
        #expect(report.checks == Check.all.map(\.id))
    }

    @Test func `the time is divided so that everything fits into it`() {
        for units in [1, 2, 7, 64] {
            for seconds in [0.05, 10, 100] {
                let shares = Doctor.Shares(of: .seconds(seconds), among: units)
                let sum = (shares.jitter + shares.work) * Double(units) + shares.placement
                #expect(sum <= .seconds(seconds * 1.000001), "\(units) \(seconds)")
                #expect(shares.jitter > .zero && shares.work > .zero)
            }
        }
        let usual = Doctor.Shares(of: .seconds(10), among: 2)
        #expect(usual.jitter == .seconds(2.5))
        #expect(usual.work == .seconds(1))
        #expect(usual.placement == .seconds(2))
    }

    @Test func `an examination of this machine probes the cores that it was given`() throws {
        let machine = try Machine.detect()
        let units = Array(try #require(machine.topology.allowedPUs.value).indexes.prefix(2))
        let doctor = Doctor(machine: machine, processingUnits: units, directory: "/")
        var steps: [String] = []
        let report = try doctor.examine(for: .milliseconds(60)) { steps.append($0) }
        #expect(report.jitter.map(\.processingUnit) == units)
        #expect(report.work.map(\.processingUnit) == units)
        #expect((report.placement != nil) == (units.count > 1))
        #expect(steps.first == "settings")
        #expect(report.findings.map(\.severity) == report.findings.map(\.severity).sorted(by: >))
        #expect(report.findings.count { $0.id == "jitter" } == units.count)
        let again = try JSONDecoder().decode(
            DoctorReport.self, from: JSONEncoder().encode(report))
        #expect(again.findings == report.findings)
        #expect(again.schema == "nilometer/doctor/1")
    }

    @Test func `a quick look finds the same kinds of things, without listing processes`() throws {
        let machine = try Machine.detect()
        let unit = try #require(machine.topology.allowedPUs.value?.first)
        let checkup = try Checkup.quick(machine, processingUnits: [unit], directory: "/")
        #expect(checkup.jitter.map(\.processingUnit) == [unit])
        #expect(checkup.findings.contains { $0.id == "jitter" })
        #expect(!checkup.findings.contains { $0.id == "busy-processes" })
        #expect(checkup.duration >= 60e6)
    }
}
