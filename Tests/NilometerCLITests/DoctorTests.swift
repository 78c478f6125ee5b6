import Foundation
import Hardware
import Testing

/// The verb `doctor`, run as a user runs it.
@Suite struct DoctorTests {
    private let tool: Tool

    init() throws { tool = try Tool() }

    @Test func `doctor prints one JSON document with its findings, whatever it finds`() throws {
        defer { tool.remove() }
        let result = try tool("doctor", "--json", "--time", "50ms")
        #expect(result.status == 0, "\(result.errors)")
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(document["schema"] as? String == "nilometer/doctor/1")
        let findings = try #require(document["findings"] as? [[String: Any]])
        let jitter = try #require(document["jitter"] as? [[String: Any]])
        let units = try #require(document["processingUnits"] as? [Int])
        #expect(jitter.compactMap { $0["processingUnit"] as? Int } == units)
        #expect(findings.count { $0["id"] as? String == "jitter" } == units.count)
        for finding in findings {
            for key in ["id", "subject", "severity", "measured", "cost", "remedy", "source"] {
                #expect(finding[key] != nil, "\(key)")
            }
        }
        #expect((document["checks"] as? [String])?.contains("placement") == true)
    }

    @Test func `doctor's page names the noise of each core and ends with a verdict`() throws {
        defer { tool.remove() }
        let unit = try #require(try ThreadBinding.allowedPUs().first)
        let result = try tool("doctor", "--time", "50ms", "--cpus", "\(unit)")
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].contains("longest gap"))
        #expect(lines[1].drop { $0 == " " }.hasPrefix("\(unit) "))
        #expect(result.output.contains(" checks in "))
        #expect(result.output.contains("unknown: comparing a loop with itself takes"))
        #expect(lines.allSatisfy { !$0.contains("\u{1B}") })
    }

    @Test(arguments: [
        (["--time", "soon"], "--time"), (["--time", "1ns"], "10ms to 1h"),
        (["--cpus", "9999"], "--cpus"), (["--path", "/no/such/directory"], "/no/such/directory"),
    ])
    func `bad usage ends with 2 and says what was expected`(
        arguments: [String], named: String
    ) throws {
        defer { tool.remove() }
        let result = try tool.run(["doctor"] + arguments)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(named), "\(result.errors)")
    }
}
