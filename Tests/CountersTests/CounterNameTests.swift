import Foundation
import Testing

@testable import Counters

@Suite struct CounterNameTests {
    @Test(arguments: [
        ("instructions", CounterName.preset("PAPI_TOT_INS")),
        ("PAPI_L1_DCM", .preset("PAPI_L1_DCM")),
        ("page-faults", .software(.pageFaults)),
        ("perf::PERF_COUNT_SW_PAGE_FAULTS_MIN", .software(.minorFaults)),
        ("perf::CONTEXT-SWITCHES", .software(.contextSwitches)),
        ("perf::INSTRUCTIONS", .native("perf::INSTRUCTIONS")),
        ("sde:::nilometer::a.b", .published("sde:::nilometer::a.b")),
        ("INST_RETIRED:ANY", .native("INST_RETIRED:ANY")),
    ])
    func `a text names one counter`(text: String, name: CounterName) {
        #expect(CounterName(text) == name)
    }

    @Test func `every name is read back from what it is written as`() throws {
        let names =
            SoftwareEvent.allCases.map { CounterName.software($0) } + [
                .preset("PAPI_TOT_INS"), .native("rapl:::X"), .published("sde:::l::e"),
            ]
        let decoded = try JSONDecoder().decode(
            [CounterName].self, from: JSONEncoder().encode(names))
        #expect(decoded == names)
    }

    @Test(arguments: ["PAPI_TOT_IMS", "sde:::nilometer::nothing", "instrctions", "nosuch:::EVENT"])
    func `a name that nothing has is refused with those that there are`(text: String) throws {
        let known = PublishedCounters.name("something").description
        let candidates = try #require(
            CounterLibrary.candidates(for: CounterName(text), published: [known]))
        #expect(candidates.contains(known))
        #expect(candidates.contains("cpu-migrations"))
        #expect(candidates.contains("PAPI_TOT_INS"))
    }

    @Test func `what exists is not refused, whether it can be counted here or not`() {
        let known = PublishedCounters.name("something")
        for name in [known, .preset("PAPI_TOT_INS"), .software(.taskClock)] {
            #expect(
                CounterLibrary.candidates(for: name, published: [known.description]) == nil,
                "\(name)")
        }
    }
}
