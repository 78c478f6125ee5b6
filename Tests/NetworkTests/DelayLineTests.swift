import Randomness
import StateMachines
import TestSupport
import Testing

@testable import Network

/// What is under way, without a network: when it comes, and in which order.
struct DelayLineTests {
    private static func at(_ microseconds: Int64) -> Moment {
        Moment(nanoseconds: microseconds * 1000)
    }

    private func piece(_ number: UInt8, of count: Int = 1) -> DelayLine.Content {
        .bytes([UInt8](repeating: number, count: count))
    }

    /// All pieces in the order in which they come, each when the line says that it does, or when the
    /// one before it came.
    private func arrivals(_ line: inout DelayLine) -> [(content: DelayLine.Content, at: Moment)] {
        var found: [(DelayLine.Content, Moment)] = []
        var now = Moment(nanoseconds: .min)
        while let due = line.due {
            now = max(now, due)
            guard let first = line.first(by: now) else {
                Issue.record("nothing comes when it is due")
                break
            }
            found.append((first.content, now))
            line.removeFirst()
        }
        return found
    }

    @Test func `a piece comes after the delay, neither before nor out of order`() {
        var line = DelayLine(seed: testSeed)
        let link = LinkConditions(delay: .microseconds(500))
        for number in 0..<100 {
            line.put(
                piece(UInt8(number)), departure: Self.at(Int64(number)), over: link,
                roundTrip: .milliseconds(1))
        }
        #expect(line.first(by: Self.at(499)) == nil && line.byteCount == 100)
        let arrivals = arrivals(&line)
        #expect(arrivals.map(\.content) == (0..<100).map { piece(UInt8($0)) })
        #expect(arrivals.map(\.at) == (0..<100).map { Self.at(500 + $0) })
        #expect(line.byteCount == 0 && line.isEmpty)
    }

    @Test func `jitter stays within its bounds, uses all of them, and changes no order`() {
        var line = DelayLine(seed: testSeed)
        let link = LinkConditions(delay: .microseconds(500), jitter: .microseconds(200))
        // So far apart that none waits for the one before it.
        for number in 0..<200 {
            line.put(
                piece(UInt8(number)), departure: Self.at(Int64(number) * 1000), over: link,
                roundTrip: .milliseconds(1))
        }
        let arrivals = arrivals(&line)
        let delays = arrivals.enumerated().map { $1.at - Self.at(Int64($0) * 1000) }
        #expect(delays.allSatisfy { (Span.microseconds(300) ... .microseconds(700)).contains($0) })
        #expect(delays.contains { $0 < .microseconds(350) }, "\(replay)")
        #expect(delays.contains { $0 > .microseconds(650) }, "\(replay)")
        #expect(arrivals.map(\.content) == (0..<200).map { piece(UInt8($0)) })
    }

    @Test func `the same seed gives the same line, and another one another`() {
        func moments(_ seed: Seed) -> [Moment] {
            var line = DelayLine(seed: seed)
            let link = LinkConditions(
                delay: .milliseconds(1), jitter: .milliseconds(1), loss: 0.1)
            for number in 0..<100 {
                line.put(
                    piece(1), departure: Self.at(Int64(number) * 10), over: link,
                    roundTrip: .milliseconds(2))
            }
            return arrivals(&line).map(\.at)
        }
        #expect(moments(testSeed) == moments(testSeed))
        #expect(moments(testSeed) != moments(testSeed.derived(for: 1)))
    }

    /// A line whose first piece has lost its only segment, once.
    private func lineThatLost(_ link: LinkConditions, _ roundTrip: Span) -> DelayLine? {
        for attempt in 0..<1000 {
            var line = DelayLine(seed: testSeed.derived(for: attempt))
            line.put(piece(0), departure: Self.at(0), over: link, roundTrip: roundTrip)
            if line.lost == 1 { return line }
        }
        return nil
    }

    @Test func `what is lost and followed by nothing comes after a timeout`() throws {
        let link = LinkConditions(delay: .milliseconds(1), loss: 0.1)
        var line = try #require(lineThatLost(link, .milliseconds(2)))
        #expect(arrivals(&line).map(\.at) == [Self.at(203_000)])
    }

    @Test func `what is lost and followed comes a round trip after the third, and holds all up`()
        throws
    {
        let lossy = LinkConditions(delay: .milliseconds(1), loss: 0.1)
        var line = try #require(lineThatLost(lossy, .milliseconds(2)))
        // Loss so rare that none of those that follow is lost too.
        var rest = lossy
        rest.loss = .leastNonzeroMagnitude
        for number in 1...5 {
            line.put(
                piece(UInt8(number)), departure: Self.at(Int64(number) * 100), over: rest,
                roundTrip: .milliseconds(2))
        }
        let arrivals = arrivals(&line)
        // The third leaves at 300 µs; its news is back a round trip later, and the piece comes.
        #expect(arrivals.map(\.at) == [Moment](repeating: Self.at(3300), count: 6))
        #expect(arrivals.map(\.content) == (0...5).map { piece(UInt8($0)) })
    }

    @Test func `as many segments are lost as the share says`() {
        var line = DelayLine(seed: testSeed)
        let link = LinkConditions(loss: 0.02)
        let count = 20_000
        for number in 0..<count {
            line.put(
                piece(1, of: 10 * DelayLine.segment), departure: Self.at(Int64(number)),
                over: link, roundTrip: .zero)
            line.removeFirst()
        }
        // 200 000 draws of which 1 in 50 hits, and then again: within seven deviations of 64.
        let expected = Double(count) * 10 * 0.02 / 0.98
        #expect(abs(Double(line.lost) - expected) < 7 * 64, "\(line.lost) lost; \(replay)")
    }

    @Test func `what waited for a cut link comes with the first timeout after it is healed`() {
        for (healed, repeated) in [(50, 202), (202, 202), (203, 606), (700, 1414), (5_000, 6262)] {
            var line = DelayLine(seed: testSeed)
            let link = LinkConditions(delay: .milliseconds(1))
            line.put(piece(1), departure: Self.at(0), over: link, roundTrip: .milliseconds(2))
            line.put(piece(2), departure: Self.at(10), over: link, roundTrip: .milliseconds(2))
            line.heal(
                cutSince: Self.at(0), at: Self.at(Int64(healed) * 1000), over: link,
                roundTrip: .milliseconds(2))
            let moment = Self.at(Int64(repeated + 1) * 1000)
            #expect(arrivals(&line).map(\.at) == [moment, moment], "healed at \(healed) ms")
        }
    }

    @Test func `a link lets go of no more than its rate, and of a frame at once`() {
        var bucket = TokenBucket()
        let (rate, begin) = (1_000_000, Self.at(0))
        #expect(bucket.departure(of: TokenBucket.depth, at: begin, rate: rate) == begin)
        var sent = TokenBucket.depth
        for _ in 0..<100 {
            sent += 700
            // A byte takes a microsecond.
            #expect(
                bucket.departure(of: 700, at: begin, rate: rate)
                    == Self.at(Int64(sent - TokenBucket.depth)))
        }
        // It fills while nothing comes, but holds no more than a frame.
        let later = Self.at(10_000_000)
        #expect(bucket.departure(of: TokenBucket.depth, at: later, rate: rate) == later)
        #expect(
            bucket.departure(of: 100, at: later, rate: rate) == later + .microseconds(100))
    }

    @Test func `lateness is known by rank, and the longest is never forgotten`() throws {
        var lateness = Lateness()
        #expect(lateness.within(share: 0.5) == nil)
        for number in 1...100 { lateness.note(Span(nanoseconds: Int64(number))) }
        #expect(lateness.within(share: 0.5) == Span(nanoseconds: 50))
        #expect(lateness.within(share: 0.99) == Span(nanoseconds: 99))
        #expect(lateness.within(share: 1) == lateness.longest)
        for number in 1...1_000_000 { lateness.note(Span(nanoseconds: Int64(number))) }
        #expect(lateness.longest == Span(nanoseconds: 1_000_000))
        #expect(lateness.count < 1 << 16)
        let median = try #require(lateness.within(share: 0.5))
        #expect(abs(median.nanoseconds - 500_000) < 5_000)
    }
}
