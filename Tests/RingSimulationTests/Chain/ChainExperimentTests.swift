import Randomness
import ShenRing
import Simulation
import StateMachines
import Testing

@testable import RingSimulation

@Suite struct ChainExperimentTests {
    private let delay = Span.microseconds(250)
    private let sync = Span.microseconds(400)

    private func experiment(_ replicas: Int, clients: Int = 1) throws -> ChainExperiment {
        var experiment = try ChainExperiment(
            replicas: replicas, clients: clients, delay: delay, sync: sync)
        experiment.warmUp = .milliseconds(200)
        experiment.span = .milliseconds(200)
        return experiment
    }

    @Test(
        arguments: [1, 2, 3, 5], ChainSettings.Forwarding.allCases)
    func `a lone write takes what the model says, and its messages`(
        replicas: Int, forwarding: ChainSettings.Forwarding
    ) throws {
        for answering in ChainSettings.Answering.allCases {
            var chain = try experiment(replicas)
            chain.settings.forwarding = forwarding
            chain.settings.answering = answering
            let figures = chain.serve(seed: Seed(1))
            let model = chain.model(delay: delay, sync: sync)
            #expect(figures.violations.isEmpty)
            #expect(figures.writes.within(0.01) == model.write)
            #expect(figures.writes.within(0.99) == model.write)
            // Heartbeats, one each 20 ms to and from three wardens, come on top.
            let heartbeats = 6 * (1 + figures.span.inSeconds / 0.02)
            let slack = (heartbeats + 8) / Double(figures.writes.all.count)
            for (place, messages) in figures.messagesPerWrite.enumerated() {
                let expected = model.messages(ofMember: place)
                let least = Double(expected.sent + expected.received)
                #expect(messages > least - 0.1 && messages < least + slack)
            }
        }
    }

    @Test func `a tail's answer takes a delay a member and one, the head's two a member`() {
        for replicas in [3, 5] {
            var model = ChainModel(replicas: replicas, delay: delay, sync: .zero)
            #expect(model.writeDelays == replicas + 1)
            model.answering = .throughHead
            #expect(model.writeDelays == 2 * replicas)
        }
    }

    @Test func `reads take a round trip, at the tail and of clean keys anywhere`() throws {
        for reading in ChainSettings.Reading.allCases {
            var chain = try experiment(3, clients: 3)
            chain.settings.reading = reading
            chain.load.reads = 1
            let figures = chain.serve(seed: Seed(1))
            #expect(figures.violations.isEmpty && !figures.reads.all.isEmpty)
            #expect(figures.reads.within(1) == chain.model(delay: delay, sync: sync).read)
        }
    }

    @Test func `under load the busiest member's messages bound the throughput`() throws {
        var chain = try experiment(3, clients: 40)
        chain.costs = ProcessingCosts(receive: .microseconds(10), send: .microseconds(10))
        chain.load.window = 8
        chain.settings.batchDelay = .microseconds(200)
        chain.checksHistory = false
        let figures = chain.serve(seed: Seed(1))
        #expect(figures.violations.isEmpty)
        let model = chain.model(delay: delay, sync: sync)
        // The bound for batches without end is what one message a write costs.
        let bound = try #require(model.throughput(batch: 1e9))
        let single = try #require(model.throughput(batch: 1))
        #expect(abs(bound - 1e5) < 1)
        #expect(figures.writesPerSecond < bound * 1.05)
        #expect(figures.writesPerSecond > single)
    }

    @Test(arguments: ChainExperiment.Place.allCases)
    func `no acknowledged write is lost when a member fails under load`(
        place: ChainExperiment.Place
    ) throws {
        var chain = try experiment(3, clients: 4)
        chain.span = .milliseconds(600)
        for seed in UInt64(1)...3 {
            let figures = chain.failOver(place, seed: Seed(seed))
            let found = try #require(figures)
            #expect(found.lost == 0 && found.violations.isEmpty)
            // Nobody is left out before it has been silent for as long as that takes.
            #expect(found.detection >= chain.settings.suspicion - chain.settings.heartbeat)
            #expect(found.outage >= found.detection + found.reconfiguration)
        }
    }

    @Test func `a chain of one has no member to lose, one of two no middle`() throws {
        #expect(try experiment(1).failOver(.tail, seed: Seed(1)) == nil)
        #expect(try experiment(2).failOver(.middle, seed: Seed(1)) == nil)
        var chain = try experiment(2, clients: 2)
        chain.span = .milliseconds(600)
        for place in [ChainExperiment.Place.head, .tail] {
            let figures = chain.failOver(place, seed: Seed(1))
            #expect(try #require(figures).lost == 0)
        }
    }

    @Test(arguments: [50, 100_000])
    func `an empty newcomer becomes a member under steady load, and differs in nothing`(
        retained: Int
    ) throws {
        var chain = try experiment(3, clients: 4)
        chain.warmUp = .milliseconds(400)
        chain.settings.compaction = CompactionRule(entries: retained, keeping: retained)
        let figures = chain.catchUp(seed: Seed(1))
        let found = try #require(figures)
        #expect(found.violations.isEmpty && found.divergent == 0)
        #expect(found.entries > 100 && found.writesMeanwhile > 0)
        #expect(found.wasGivenState == (retained == 50))
    }

    @Test func `across regions writes pay every hop, and reads the way to who may answer`() throws {
        let delays = [[1, 35, 70], [35, 1, 40], [70, 40, 1]].map {
            $0.map { Span.milliseconds($0) }
        }
        for reading in ChainSettings.Reading.allCases {
            var chain = try ChainExperiment.acrossRegions(
                delays, sync: .milliseconds(1), reading: reading)
            chain.warmUp = .seconds(4)
            chain.span = .seconds(5)
            for region in chain.regions(seed: Seed(1)) {
                #expect(region.writes.within(0.5) == region.modelledWrite)
                let read =
                    reading == .atTail ? region.modelledTailRead : region.modelledLocalRead
                #expect(region.reads.within(0.5) == read)
            }
        }
    }

    @Test func `a chain of none is refused`() {
        #expect(throws: ChainError.noReplicas) {
            try ChainExperiment(replicas: 0, clients: 1, delay: delay, sync: sync)
        }
        #expect(throws: ChainError.noReplicas) {
            try ChainExperiment.acrossRegions([], sync: sync, reading: .atTail)
        }
    }
}

@Suite struct PrimaryBackupTests {
    @Test func `an answer after one copy loses writes when the primary fails, after all none`() {
        for backups in [1, 2, 4] {
            var lost: [Int] = []
            for copies in 0...backups {
                let trial = PrimaryBackupTrial(backups: backups, copies: copies)
                let outcomes = (1...10).map { trial.run(seed: Seed(UInt64($0))) }
                #expect(outcomes.allSatisfy { $0.acknowledged > 50 })
                lost.append(outcomes.reduce(0) { $0 + $1.lost })
            }
            #expect(lost.last == 0)
            if backups > 1 { #expect(lost[0] > 0 && lost[1] > 0) }
        }
    }
}
