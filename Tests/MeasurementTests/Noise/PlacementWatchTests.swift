import Hardware
import Quantities
import Testing

@testable import Measurement

@Suite struct PlacementWatchTests {
    private func reading(_ trips: [Double]) -> PlacementReading {
        PlacementReading(
            first: 0, second: 1, duration: 1e9,
            readings: trips.map { FloorReading(loadRoundTrip: $0, exchangeRoundTrip: $0) })
    }

    @Test func `cores that stay where they are give one class and no change`() {
        let found = reading([100, 110, 105])
        #expect(found.changes == 0)
        #expect(found.factor == nil)
        #expect(found.classes == [.init(placement: .l3, readings: 3, roundTrip: 105)])
    }

    @Test func `a move is a change, and the classes' round trips say what it costs`() {
        let found = reading([50, 50, 50, 400, 400, 50, 50])
        #expect(found.changes == 2)
        #expect(found.factor == 8)
        #expect(
            found.classes == [
                .init(placement: .smt, readings: 5, roundTrip: 50),
                .init(placement: .far, readings: 2, roundTrip: 400),
            ])
    }

    @Test func `a lone slow reading between two that agree is an interruption, not a move`() {
        let found = reading([100, 100, 900, 100, 100])
        #expect(found.changes == 0)
        #expect(found.classes.map(\.placement) == [.l3])
        #expect(found.classes[0].readings == 5)
    }

    private static let pair: [Int] = {
        let allowed = (try? ThreadBinding.allowedPUs())?.indexes ?? []
        return Array(allowed.prefix(2))
    }()

    @Test(.enabled(if: PlacementWatchTests.pair.count == 2, "there is one core only"))
    func `two cores are watched for the time that was given`() throws {
        let pair = PlacementWatchTests.pair
        let clock = TickClock(calibratingFor: .milliseconds(2))
        let watch = PlacementWatch(
            clock: clock, duration: .milliseconds(30), pause: .milliseconds(5))
        let found = try watch.run(from: pair[0], to: pair[1])
        #expect(found.duration >= 30e6)
        #expect(found.classes.reduce(0) { $0 + $1.readings } >= 1)
        #expect(!found.classes.contains { $0.placement == .moved })
    }
}
