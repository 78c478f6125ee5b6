import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines
import TestSupport
import Testing

@Suite struct TokenExperimentTests {
    private let seed = testSeed.derived(for: "token experiment")
    private let delay = Span.microseconds(250)
    private let hold = Span.microseconds(100)

    /// Whether a figure lies within a share of what is expected.
    private func isClose(_ figure: Double, to expected: Double, within share: Double) -> Bool {
        abs(figure - expected) <= expected * share
    }

    @Test(arguments: [1, 2, 3, 10, 30])
    func `a busy ring does what arithmetic says, and waits add up to Little's law`(
        contenders: Int
    ) {
        var experiment = TokenExperiment(
            members: contenders, contenders: contenders, delay: delay, hold: hold)
        experiment.span = .seconds(1)
        let figures = experiment.contend(seed: seed)
        let model = experiment.model(delay: delay, hold: hold)
        #expect(figures.violations.isEmpty, "\(replay)")
        #expect(isClose(figures.grantsPerSecond, to: model.grantsPerSecond, within: 0.02))
        #expect(abs(figures.meanWaiting - model.waiting) <= 0.02 * Double(contenders))
        let law = figures.grantsPerSecond * figures.meanWait.inSeconds
        #expect(isClose(figures.meanWaiting, to: law, within: 0.001))
    }

    @Test func `a hundred writers get the right equally often`() {
        var experiment = TokenExperiment(
            members: 100, contenders: 100, delay: delay, hold: .milliseconds(1))
        experiment.span = .seconds(2)
        let figures = experiment.contend(seed: seed)
        #expect(figures.violations.isEmpty, "\(replay)")
        #expect(figures.fairness > 0.999, "\(replay)")
    }

    @Test func `a single node gets a resting token in a round trip, or in two without a lease`() {
        var experiment = TokenExperiment(members: 10, contenders: 2, delay: delay, hold: hold)
        experiment.load.thinking = .uniform(.milliseconds(20), .milliseconds(30))
        experiment.span = .seconds(2)
        let figures = experiment.contend(seed: seed)
        let model = experiment.model(delay: delay, hold: hold)
        #expect(figures.violations.isEmpty, "\(replay)")
        let alone = [
            Span.zero, model.restingWait(hasLease: true), model.restingWait(hasLease: false),
        ]
        let explained = figures.waits.count { wait in alone.contains(wait) }
        // The others met: one asked while the other had the right, or a lease was being renewed.
        #expect(Double(explained) > 0.9 * Double(figures.waits.count), "\(replay)")
    }

    @Test func `skipping shortens waits where few of many want the token`() {
        var skipping = TokenExperiment(members: 20, contenders: 2, delay: delay, hold: hold)
        skipping.load.thinking = .exponential(mean: .milliseconds(20))
        skipping.span = .seconds(2)
        var visiting = skipping
        visiting.settings.order = .visitsAll
        let (short, long) = (skipping.contend(seed: seed), visiting.contend(seed: seed))
        #expect(short.violations.isEmpty && long.violations.isEmpty, "\(replay)")
        #expect(short.meanWait * 3 < long.meanWait, "\(replay)")
        #expect(short.messagesPerGrant * 3 < long.messagesPerGrant, "\(replay)")
    }

    @Test func `an idle ring is silent at rest, and sends for ever where the token goes round`() {
        func idle(_ idle: Cartouche.Settings.Idle) -> (TokenIdleFigures, TokenModel) {
            var experiment = TokenExperiment(members: 10, contenders: 1, delay: delay, hold: hold)
            experiment.settings.idle = idle
            experiment.span = .seconds(1)
            experiment.load.thinking = .constant(.milliseconds(10))
            return (
                experiment.idle(seed: seed), experiment.model(delay: delay, hold: hold)
            )
        }
        let (silent, _) = idle(.rests(keepsLease: false))
        #expect(silent.messagesPerSecond == 0)
        #expect(silent.lap == nil)
        for setting in [
            Cartouche.Settings.Idle.rests(keepsLease: true), .circulates(.zero),
            .circulates(.milliseconds(2)),
        ] {
            let (figures, model) = idle(setting)
            // In a second a round of messages to the nine others and back may fall to either side.
            let difference = abs(figures.messagesPerSecond - model.idleMessagesPerSecond)
            #expect(difference <= 18 + 0.02 * model.idleMessagesPerSecond, "\(setting)")
            let laps = (figures.lap?.inSeconds ?? 0, model.idleLap?.inSeconds ?? 0)
            #expect(isClose(laps.0, to: laps.1, within: 0.02), "\(setting)")
        }
    }

    @Test func `a crashed holder is replaced within a lease and a few rounds of asking`() {
        var experiment = TokenExperiment(
            members: 5, contenders: 5, delay: delay, hold: .microseconds(500))
        experiment.load.thinking = .exponential(mean: .milliseconds(5))
        for round in 0..<10 {
            let recovery = experiment.recovery(seed: seed.derived(for: round))
            let most = experiment.settings.lease + experiment.settings.patience * 3
            #expect(recovery.time.map { $0 <= most } ?? false, "\(recovery) \(replay)")
            #expect(recovery.isSafe, "\(recovery) \(replay)")
        }
    }

    @Test func `a holder that is replaced without asking may have two successors`() {
        var experiment = TokenExperiment(
            members: 5, contenders: 5, delay: .milliseconds(100), hold: .milliseconds(1)
        ).asPublished()
        // They miss it one after the other, as they gave it back, and wait for a random part of four
        // resends; that one of them has made a new token takes a delay to be heard.
        experiment.settings.resend = .milliseconds(10)
        experiment.span = .seconds(10)
        let found = (0..<20).map { experiment.recovery(seed: seed.derived(for: $0)) }
        #expect(found.allSatisfy { $0.time != nil }, "\(replay)")
        #expect(found.contains { !$0.isSafe }, "\(replay)")
    }

    @Test func `a lost want is said again, so that loss does not make the ring unfair`() {
        var experiment = TokenExperiment(
            members: 10, contenders: 10, delay: .microseconds(500), hold: hold)
        let sound = experiment.contend(seed: seed)
        experiment.network.loss = 0.01
        let lossy = experiment.contend(seed: seed)
        #expect(lossy.violations.isEmpty, "\(replay)")
        #expect(lossy.fairness > 0.995, "\(lossy.fairness) \(replay)")
        // Waits end well before all are asked where the token is.
        let most = lossy.wait(within: 0.99) ?? .zero
        #expect(most < experiment.settings.patience / 2, "\(most) \(replay)")
        // Who does not compete for a while would leave more to the others, and loss leaves less to all.
        #expect(
            lossy.grantsPerSecond < sound.grantsPerSecond,
            "\(lossy.grantsPerSecond) of \(sound.grantsPerSecond) \(replay)")
        #expect(isClose(sound.messagesPerGrant, to: 3, within: 0.03), "\(sound.messagesPerGrant)")
    }

    @Test func `a warm-up that ends with some rights gives the figures of one that lasts`() {
        var experiment = TokenExperiment(
            members: 10, contenders: 10, delay: .microseconds(1), hold: .zero)
        experiment.warmUpGrants = 1_000
        experiment.span = .milliseconds(5)
        let figures = experiment.contend(seed: seed)
        #expect(isClose(figures.grantsPerSecond, to: 1e6, within: 0.01), "\(replay)")
        #expect(figures.fairness > 0.999, "\(replay)")
        experiment.warmUpGrants = nil
        experiment.warmUp = .milliseconds(100)
        let longer = experiment.contend(seed: seed)
        #expect(isClose(longer.grantsPerSecond, to: figures.grantsPerSecond, within: 0.01))
        #expect(longer.meanWait == figures.meanWait, "\(replay)")
    }

    @Test func `a split ring has one token with a majority, and several without`() {
        var experiment = TokenExperiment(
            members: 5, contenders: 5, delay: delay, hold: .milliseconds(1))
        experiment.span = .seconds(1)
        let safe = experiment.partition(for: .seconds(3), seed: seed)
        #expect(safe.violations.isEmpty, "\(replay)")
        #expect(safe.overlaps == 0 && safe.disorders == 0 && safe.epochsTwice == 0)
        #expect(safe.grantsOfMore > 1_000 && safe.grantsOfFewer < 1_000)
        #expect(safe.tokensLeft == 1)
        var alone = experiment
        alone.settings.regeneration = .alone
        // Tokens that rest where they are would never meet.
        alone.settings.idle = .circulates(.milliseconds(1))
        let unsafe = alone.partition(for: .seconds(3), seed: seed)
        #expect(unsafe.grantsOfMore > 1_000 && unsafe.grantsOfFewer > 1_000)
        #expect(unsafe.overlaps > 100, "\(replay)")
        // The side with the lower numbers is refused; where both count alike, the resource takes both.
        #expect(unsafe.lostWrites + unsafe.disorders > 100, "\(replay)")
        // Two tokens that go round equally fast may follow each other for ever: "the highest sequence
        // survives" holds where one of them stops.
        #expect(unsafe.tokensLeft >= 1)
    }

    @Test func `rights overlap where clocks leap, and the resource keeps its order all the same`() {
        var overlaps = 0
        for round in 0..<20 {
            let figures = TokenExperiment.leapingClocks(seed: seed.derived(for: round))
            #expect(figures.disorders == 0, "\(replay)")
            overlaps += figures.overlaps
        }
        #expect(overlaps > 0, "the clocks leapt, and nobody noticed: \(replay)")
    }

    @Test func `Jain's index is 1 for equal shares, and 1/n where one has all`() {
        #expect(TokenFigures.jainIndex(of: [3, 3, 3]) == 1)
        #expect(TokenFigures.jainIndex(of: [5, 0, 0, 0]) == 0.25)
        // Jain, Chiu and Hawe 1984, section 3: two of five served alike, three not at all.
        #expect(TokenFigures.jainIndex(of: [1, 1, 0, 0, 0]) == 0.4)
        #expect(TokenFigures.jainIndex(of: []) == 1)
    }
}
