import Measurement
import Quantities
import Testing

@testable import Benchmarks

@Suite struct ObjectiveQuestionTests {
    private func parameters(
        service: String = "50us", percentile: String = "99", objective: String = "1ms",
        step: String = "50ms"
    ) throws -> ParameterSet {
        try ParameterSet([
            ("service", service), ("percentile", percentile), ("objective", objective),
            ("step", step),
        ])
    }

    private func contradiction(_ parameters: ParameterSet) -> String? {
        ObjectiveCalibration.description.contradiction(parameters, .seconds(10))
    }

    @Test func `the lowest rate gives a step the requests that the percentile needs`() throws {
        let question = ObjectiveQuestion(try parameters())
        // 299 of 301, a thousandth of which may be unsent as well.
        #expect(abs(question.lowestRate * 0.05 - 301.602) < 1e-9)
        #expect(try contradiction(parameters()) == nil)
    }

    @Test func `a step too short for the percentile is refused, with the least that would do`()
        throws
    {
        let found = try #require(try contradiction(parameters(percentile: "99.9")))
        #expect(found.hasPrefix("objective 'p99.9 at most 1 ms' needs 2995 requests, "), "\(found)")
        let least = Nanoseconds(2995.0 / 20_000 * 1e9)
        #expect(found.contains("; expected at least \(least), "), "\(found)")
        #expect(try contradiction(parameters(percentile: "99.9", step: "1s")) == nil)
    }

    @Test func `an objective that no request can meet is refused`() throws {
        for objective in ["50us", "20us"] {
            let found = try #require(try contradiction(parameters(objective: objective)))
            #expect(found.hasSuffix("; expected an objective above the service time"), "\(found)")
        }
        #expect(try contradiction(parameters(objective: "51us")) == nil)
    }
}
