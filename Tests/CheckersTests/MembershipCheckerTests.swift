import Checkers
import Randomness
import StateMachines
import TestSupport
import Testing

@Suite struct MembershipCheckerTests {
    private let nodes = (0..<3).map { NodeID(place: $0) }

    private func at(_ nanoseconds: Int64) -> Moment { Moment(nanoseconds: nanoseconds) }

    /// Three members who know each other, from 1 ns on.
    private func settled() -> MembershipChecker {
        var checker = MembershipChecker(nodes: 3)
        for node in nodes { checker.started(node, at: at(0)) }
        for observer in nodes {
            for subject in nodes {
                checker.viewed(subject, as: .alive, incarnation: 1, by: observer, at: at(1))
            }
        }
        return checker
    }

    @Test func `members converge when the last view is right`() {
        var checker = MembershipChecker(nodes: 3)
        #expect(checker.isConverged, "nobody is up and nobody is seen")
        for node in nodes { checker.started(node, at: at(0)) }
        #expect(checker.wrongViews == 6 && checker.convergedSince == nil)
        checker.viewed(nodes[1], as: .suspect, incarnation: 1, by: nodes[0], at: at(1))
        #expect(checker.wrongViews == 5 && checker.status(of: nodes[1], to: nodes[0]) == .suspect)
        checker.finish(at: at(2))
        #expect(checker.findings.count == 5)
        #expect(
            checker.findings.first[0]
                == .notConverged(nodes[0], sees: nodes[2], as: .unknown, isUp: true, at: at(2)))
        let whole = settled()
        #expect(whole.isConverged && whole.convergedSince == at(1))
    }

    @Test func `a stop is detected by the first, and by all`() {
        var checker = settled()
        checker.stopped(nodes[2], at: at(10))
        #expect(checker.wrongViews == 2 && checker.convergedSince == nil && checker.upCount == 2)
        checker.viewed(nodes[2], as: .suspect, incarnation: 1, by: nodes[0], at: at(11))
        #expect(checker.detections[0].first == nil, "a suspicion is no detection")
        checker.viewed(nodes[2], as: .dead, incarnation: 1, by: nodes[0], at: at(12))
        checker.viewed(nodes[2], as: .dead, incarnation: 1, by: nodes[1], at: at(15))
        let detection = checker.detections[0]
        #expect(detection.node == nodes[2] && detection.stopped == at(10))
        #expect(detection.first == at(12) && detection.all == at(15))
        #expect(checker.convergedSince == at(15) && checker.findings.isEmpty)
        // A new life is no concern of the old stop.
        checker.started(nodes[2], at: at(20))
        checker.viewed(nodes[2], as: .alive, incarnation: 2, by: nodes[0], at: at(21))
        #expect(checker.detections == [detection] && checker.findings.isEmpty)
    }

    @Test func `who is gone himself does not keep a stop from being detected`() {
        var checker = settled()
        checker.stopped(nodes[2], at: at(10))
        checker.viewed(nodes[2], as: .dead, incarnation: 1, by: nodes[0], at: at(12))
        checker.stopped(nodes[1], at: at(13))
        #expect(checker.detections[0].all == at(13))
        checker.viewed(nodes[1], as: .left, incarnation: 1, by: nodes[0], at: at(14))
        #expect(checker.isConverged && checker.detections[1].all == at(14))
    }

    @Test func `who is up and declared dead is found, once a life, unless he was cut off`() {
        var checker = settled()
        checker.cutOff(nodes[1])
        checker.viewed(nodes[1], as: .dead, incarnation: 1, by: nodes[0], at: at(2))
        checker.viewed(nodes[0], as: .dead, incarnation: 1, by: nodes[1], at: at(2))
        #expect(checker.findings.isEmpty && checker.falseDeaths == 2)
        checker.reconnected(nodes[1])
        checker.viewed(nodes[1], as: .alive, incarnation: 2, by: nodes[0], at: at(3))
        checker.viewed(nodes[1], as: .dead, incarnation: 2, by: nodes[2], at: at(4))
        checker.viewed(nodes[1], as: .dead, incarnation: 2, by: nodes[0], at: at(5))
        #expect(checker.falseDeaths == 4)
        #expect(
            checker.findings.first == [
                .falseDeath(of: nodes[1], by: nodes[2], at: at(4), upSince: at(0))
            ])
    }

    @Test func `who was dead comes back by a later incarnation only`() {
        var checker = settled()
        checker.stopped(nodes[2], at: at(10))
        checker.viewed(nodes[2], as: .dead, incarnation: 4, by: nodes[0], at: at(12))
        checker.viewed(nodes[2], as: .alive, incarnation: 4, by: nodes[0], at: at(13))
        // Forgotten, and raised all the same.
        checker.viewed(nodes[2], as: .unknown, incarnation: 0, by: nodes[0], at: at(14))
        checker.started(nodes[2], at: at(15))
        checker.viewed(nodes[2], as: .alive, incarnation: 3, by: nodes[0], at: at(16))
        #expect(
            checker.findings.first == [
                .raised(
                    nodes[2], by: nodes[0], at: at(13), incarnation: 4, dead: 4, isUp: false),
                .raised(nodes[2], by: nodes[0], at: at(16), incarnation: 3, dead: 4, isUp: true),
            ])
        // One that has forgotten everything may believe anything.
        checker.stopped(nodes[0], at: at(17))
        checker.started(nodes[0], at: at(18))
        checker.viewed(nodes[2], as: .alive, incarnation: 1, by: nodes[0], at: at(19))
        #expect(checker.findings.count == 2)
    }

    @Test func `counts kept up by each event are those counted afresh`() {
        var checker = MembershipChecker(nodes: 3)
        var generator = testSeed.derived(for: "views").generator()
        var up: Set<Int> = []
        for step in 0..<2_000 {
            let observer = Int(generator.next(below: 3))
            let subject = Int(generator.next(below: 3))
            let now = at(Int64(step))
            if generator.next(below: 5) == 0 {
                if up.insert(observer).inserted {
                    checker.started(nodes[observer], at: now)
                } else {
                    up.remove(observer)
                    checker.stopped(nodes[observer], at: now)
                }
            } else if up.contains(observer) {
                let status = MemberStatus(rawValue: UInt8(generator.next(below: 5)))
                checker.viewed(
                    nodes[subject], as: status ?? .unknown, incarnation: UInt64(step),
                    by: nodes[observer], at: now)
            }
            var wrong = 0
            for observer in up {
                for subject in 0..<3 where subject != observer {
                    let status = checker.status(of: nodes[subject], to: nodes[observer])
                    if status.isPresent != up.contains(subject) { wrong += 1 }
                }
            }
            #expect(
                checker.wrongViews == wrong && checker.upCount == up.count,
                "\(replay), step \(step)")
        }
    }
}
