import Randomness
import SharedNothing
import TestSupport
import Testing

/// Erlang's rule as its manual has it, with all times ever.
private struct ListedRestarts {
    let restarts: Int
    let window: Duration
    var times: [MonotonicTime] = []

    mutating func permit(at now: MonotonicTime) -> Bool {
        guard times.count(where: { now - $0 <= window }) < restarts else { return false }
        times.append(now)
        return true
    }
}

@Suite struct RestartIntensityTests {
    private func at(_ seconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(seconds) * 1_000_000_000)
    }

    @Test func `permits as many as it says, and again when the oldest is out of the window`() {
        var intensity = RestartIntensity(atMost: 2, within: .seconds(10))
        #expect(intensity.permit(at: at(100)) == true)
        #expect(intensity.permit(at: at(104)) == true)
        #expect(intensity.permit(at: at(109)) == false)
        // Ten seconds old is still within ten seconds.
        #expect(intensity.permit(at: at(110)) == false)
        #expect(intensity.permit(at: at(111)) == true)
        #expect(intensity.permit(at: at(112)) == false)
        #expect(intensity.permit(at: at(115)) == true)
    }

    @Test func `permits none when it says none`() {
        var intensity = RestartIntensity(atMost: 0, within: .seconds(1))
        #expect(intensity.permit(at: at(1)) == false)
        #expect(intensity.permit(at: at(1000)) == false)
    }

    @Test func `takes times that go back for the latest`() {
        var intensity = RestartIntensity(atMost: 1, within: .seconds(10))
        #expect(intensity.permit(at: at(100)) == true)
        #expect(intensity.permit(at: at(5)) == false)
        #expect(intensity.permit(at: at(111)) == true)
    }

    @Test func `agrees with a list of all times`() {
        var generator = testSeed.derived(for: "restart intensity").generator()
        for _ in 0..<200 {
            let restarts = Int(generator.next(below: 6))
            let window = Duration.nanoseconds(Int64(1 + generator.next(below: 50)))
            var intensity = RestartIntensity(atMost: restarts, within: window)
            var model = ListedRestarts(restarts: restarts, window: window)
            var now: UInt64 = 0
            for _ in 0..<200 {
                now += generator.next(below: 20)
                let time = MonotonicTime(nanoseconds: now)
                #expect(
                    intensity.permit(at: time) == model.permit(at: time),
                    "\(restarts) within \(window) at \(now); \(replay)")
            }
        }
    }
}
