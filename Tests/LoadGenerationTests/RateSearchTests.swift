import Quantities
import Randomness
import Testing

@testable import LoadGeneration

@Suite struct RateSearchTests {
    /// Runs a search against a target that meets the objective up to `capacity`; gives the rates.
    private func run(
        _ search: RateSearch, capacity: Double
    ) -> (outcome: RateSearch.Outcome?, rates: [Double]) {
        var search = search
        var rates: [Double] = []
        while case .attempt(let rate) = search.next {
            rates.append(rate)
            guard rates.count < 10_000 else { break }
            search.record(isMet: rate <= capacity)
        }
        return (search.outcome, rates)
    }

    @Test(arguments: [100.0, 101, 777, 12_345, 99_999, 100_000])
    func `the capacity lies in the bracket, and that is narrow`(capacity: Double) throws {
        let search = RateSearch(in: 100...1e9, resolution: 0.01)
        let (outcome, rates) = run(search, capacity: capacity)
        guard case .found(let met, let missed)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(met <= capacity && capacity < missed)
        #expect(missed <= met * 1.01)
        #expect(rates.contains(met) && rates.contains(missed))
    }

    @Test func `rates grow, then halve the bracket, each tried twice`() {
        let search = RateSearch(in: 10...1000, growth: 4, resolution: 0.5)
        // 10, 40, 160 are met, 640 is missed; √(160·640) = 320 is missed; 160 to 226 is enough.
        let (outcome, rates) = run(search, capacity: 200)
        let expected = [10, 40, 160, 640, 320, (160.0 * 320).squareRoot()]
        #expect(rates == expected.flatMap { [$0, $0] })
        #expect(outcome == .found(met: 160, missed: (160.0 * 320).squareRoot()))
    }

    @Test func `missed at the lowest and never missed are outcomes of their own`() {
        let search = RateSearch(in: 100...5000)
        #expect(run(search, capacity: 99).outcome == .unreachable(lowest: 100))
        let (outcome, rates) = run(search, capacity: 1e9)
        #expect(outcome == .neverMissed(highest: 5000))
        #expect(rates.max() == 5000)
        #expect(
            "\(RateSearch.Outcome.unreachable(lowest: 100))"
                == "missed even at 100 requests/s, the lowest rate tried")
        #expect(
            "\(RateSearch.Outcome.neverMissed(highest: 5000))"
                == "met even at 5000 requests/s, the highest rate tried")
        #expect(
            "\(RateSearch.Outcome.found(met: 100, missed: 102))"
                == "met at 100 requests/s, missed at 102")
    }

    @Test func `a lone disturbed trial decides nothing, two do`() {
        var search = RateSearch(in: 100...1000)
        search.record(isMet: false)
        #expect(search.next == .attempt(rate: 100))
        search.record(isMet: true)
        #expect(search.next == .attempt(rate: 100))
        search.record(isMet: true)
        #expect(search.next == .attempt(rate: 200))
        search.record(isMet: true)
        search.record(isMet: false)
        search.record(isMet: false)
        #expect(search.next == .attempt(rate: (100.0 * 200).squareRoot()))
        #expect(search.outcome == .found(met: 100, missed: 200))
    }

    @Test func `one disturbed trial in ten leaves the result in place`() {
        var generator = Seed(8).generator()
        var right = 0
        for _ in 0..<200 {
            var search = RateSearch(in: 100...1e6, resolution: 0.05, confirmations: 3)
            while case .attempt(let rate) = search.next {
                search.record(isMet: rate <= 5000 && generator.nextUnit() > 0.1)
            }
            if case .found(let met, let missed)? = search.outcome, met <= 5000, missed > 5000 {
                right += 1
            }
        }
        // Wrong at a rate with probability 0.0086 (three of at most five), at some nine met rates.
        #expect(right > 160, "\(right) of 200")
    }

    @Test func `a resolution below that of numbers ends`() {
        let search = RateSearch(in: 1...1e6, resolution: 1e-300)
        let (outcome, rates) = run(search, capacity: 4321.5)
        guard case .found(let met, let missed)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(met <= 4321.5 && missed > 4321.5 && missed - met < 1e-9)
        #expect(rates.count < 300)
    }

    @Test func `a single rate is tried`() {
        #expect(run(RateSearch(in: 50...50), capacity: 60).outcome == .neverMissed(highest: 50))
        #expect(run(RateSearch(in: 50...50), capacity: 40).outcome == .unreachable(lowest: 50))
    }
}
