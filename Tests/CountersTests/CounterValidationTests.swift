import Testing

@testable import Counters

@Suite struct CounterValidationTests {
    private static let turns = Double(CounterValidation.turns)

    /// A processor that counts as it should, times `factor`, with `overhead` instructions around
    /// the work.
    private static func validation(
        instructions: Double, branches: Double, overhead: Double = 0
    ) -> CounterValidation {
        CounterValidation { name, work in
            work()
            return .success(
                Int64(
                    name == "PAPI_TOT_INS"
                        ? turns * 2 * instructions + overhead : turns * branches))
        }
    }

    @Test func `right counters are believed, with the calls around the loop`() {
        let validation = Self.validation(instructions: 1, branches: 1, overhead: 10_000)
        #expect(validation.reason(against: "PAPI_TOT_INS") == nil)
        #expect(validation.reason(against: "PAPI_TOT_CYC") == nil)
        #expect(validation.summary.contains("right: PAPI_TOT_INS"))
    }

    @Test func `counters that read 16 times too high are not believed, with both numbers`() throws {
        let validation = Self.validation(instructions: 16, branches: 16)
        let reason = try #require(validation.reason(against: "PAPI_TOT_INS"))
        #expect(reason.contains("counted 32000000 where 2000000 ran, 16.0 times as many"))
        // What has no known answer of its own is no better than the instructions.
        let others = try #require(validation.reason(against: "PAPI_L1_DCM"))
        #expect(others.contains("PAPI_TOT_INS"))
        #expect(validation.summary.contains("wrong: PAPI_TOT_INS"))
    }

    @Test(arguments: [0.0, 0.98, 1.02])
    func `more than one per cent off is wrong, on either side`(factor: Double) {
        let validation = Self.validation(instructions: factor, branches: 1)
        #expect(validation.reason(against: "PAPI_TOT_INS") != nil)
    }

    @Test func `a wrong counter of branches condemns itself only`() {
        let validation = Self.validation(instructions: 1, branches: 2)
        #expect(validation.reason(against: "PAPI_BR_INS") != nil)
        #expect(validation.reason(against: "PAPI_TOT_INS") == nil)
        #expect(validation.reason(against: "PAPI_L1_DCM") == nil)
    }

    @Test func `the middle of three counts is taken`() {
        var calls = 0
        let validation = CounterValidation { name, _ in
            calls += 1
            let right = name == "PAPI_TOT_INS" ? Self.turns * 2 : Self.turns
            return .success(Int64(calls % 3 == 0 ? right * 5 : right))
        }
        #expect(validation.reason(against: "PAPI_TOT_INS") == nil)
    }

    @Test func `what cannot be counted proves nothing, and says why`() {
        let validation = CounterValidation { _, _ in .failure(CounterRefusal("no unit")) }
        #expect(validation.reason(against: "PAPI_TOT_INS") == nil)
        #expect(validation.checks.allSatisfy { $0.counted == nil })
        #expect(validation.summary == "not made: no unit")
    }
}
