import Foundation
import Glibc
import Quantities
import Randomness
import Synchronization
import Testing

@testable import Measurement

/// Two threads stand for the two processes: what they share is the file.
///
/// The limit ends a wait that nobody ends. It is long, since it counts while other tests hold the threads
/// that this one is to run on.
@Suite(.timeLimit(.minutes(15))) struct ProcessTurnsTests {
    private final class Log: Sendable {
        private let entries = Mutex<[String]>([])
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        var all: [String] { entries.withLock { $0 } }
    }

    private func withFile(_ body: (String) throws -> Void) throws {
        let file = NSTemporaryDirectory() + "turns-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try body(file)
    }

    private func process(
        _ place: ProcessTurns.Place, rounds: Int, _ log: Log, endedBy parent: ProcessTurns?
    ) -> Thread {
        let thread = Thread {
            guard let turns = try? ProcessTurns(place) else { return }
            turns.join()
            for round in 0..<rounds {
                log.add("\(place.number) begins \(round)")
                log.add("\(place.number) ends \(round)")
                turns.pass()
            }
            log.add("\(place.number) sums up")
            parent?.end(of: place.number)
        }
        thread.start()
        return thread
    }

    private func finish(_ threads: [Thread]) {
        while !threads.allSatisfy(\.isFinished) { usleep(500) }
    }

    @Test func `rounds alternate, and the one with more goes on alone`() throws {
        try withFile { file in
            let parent = try ProcessTurns(making: file)
            let log = Log()
            parent.prepare(first: 1)
            let first = process(parent.place(1), rounds: 3, log, endedBy: parent)
            parent.awaitHandOver(from: 1) { false }
            #expect(log.all == ["1 begins 0", "1 ends 0"])
            finish([first, process(parent.place(0), rounds: 5, log, endedBy: parent)])
            #expect(
                log.all == [
                    "1 begins 0", "1 ends 0", "0 begins 0", "0 ends 0",
                    "1 begins 1", "1 ends 1", "0 begins 1", "0 ends 1",
                    "1 begins 2", "1 ends 2", "0 begins 2", "0 ends 2", "1 sums up",
                    "0 begins 3", "0 ends 3", "0 begins 4", "0 ends 4", "0 sums up",
                ])
            #expect(parent.rounds(of: 1) == 3)
            #expect(parent.rounds(of: 0) == 3, "alone, there is nobody to hand over to")
        }
    }

    @Test func `who ends in its own turn holds nobody up`() throws {
        try withFile { file in
            let parent = try ProcessTurns(making: file)
            let log = Log()
            parent.prepare(first: 0)
            let first = process(parent.place(0), rounds: 2, log, endedBy: parent)
            parent.awaitHandOver(from: 0) { false }
            let second = process(parent.place(1), rounds: 1, log, endedBy: nil)
            // Its turn after the first's second round: it sums up and is never heard of again.
            finish([second])
            parent.end(of: 1)
            finish([first])
            #expect(log.all.last == "0 sums up")
        }
    }

    @Test func `a process that knows nothing of turns ends the wait for it`() throws {
        try withFile { file in
            let parent = try ProcessTurns(making: file)
            parent.prepare(first: 0)
            let asked = Atomic<Int>(0)
            parent.awaitHandOver(from: 0) {
                asked.wrappingAdd(1, ordering: .relaxed).newValue == 3
            }
            #expect(asked.load(ordering: .relaxed) == 3)
            parent.end(of: 0)
            let log = Log()
            finish([process(parent.place(1), rounds: 4, log, endedBy: parent)])
            #expect(log.all.count == 9)
        }
    }

    @Test func `a pair begins anew in the same file`() throws {
        try withFile { file in
            let parent = try ProcessTurns(making: file)
            for pair in 0..<20 {
                let log = Log()
                parent.prepare(first: pair % 2)
                let first = process(parent.place(pair % 2), rounds: 10, log, endedBy: parent)
                parent.awaitHandOver(from: pair % 2) { false }
                finish([
                    first, process(parent.place(1 - pair % 2), rounds: 10, log, endedBy: parent),
                ])
                let begun = log.all.filter { $0.contains("begins") }.map { $0.prefix(1) }
                #expect(begun == (0..<20).map { "\(($0 + pair) % 2)" })
            }
        }
    }

    @Test func `the time of a loop is without the other's`() throws {
        try withFile { file in
            let parent = try ProcessTurns(making: file)
            parent.prepare(first: 0)
            let clock = TickClock()
            let own = Mutex<Double>(0)
            let wall = Mutex<Double>(0)
            let slow = Thread {
                guard let turns = try? ProcessTurns(parent.place(0)) else { return }
                turns.join()
                let watch = MeasuringTime(clock, turns)
                let start = TickClock.monotonicRaw()
                turns.pass()
                own.withLock { $0 = watch.nanoseconds }
                wall.withLock { $0 = Double(TickClock.monotonicRaw() - start) }
            }
            slow.start()
            parent.awaitHandOver(from: 0) { false }
            let other = try ProcessTurns(parent.place(1))
            other.join()
            usleep(300_000)
            parent.end(of: 1)
            finish([slow])
            #expect(wall.withLock { $0 } >= 300e6)
            #expect(own.withLock { $0 } <= wall.withLock { $0 } - 250e6)
        }
    }

    @Test func `operations that are timed one by one hand over after each round as well`() throws {
        final class Counted: MeasuredBody {
            private let log: Log
            private let place: Int

            init(_ log: Log, _ place: Int) {
                self.log = log
                self.place = place
            }

            func run(iterations: Int) { log.add("\(place)") }
        }
        try withFile { file in
            let parent = try ProcessTurns(making: file)
            parent.prepare(first: 0)
            let log = Log()
            let threads = (0...1).map { number in
                Thread {
                    guard let turns = try? ProcessTurns(parent.place(number)) else { return }
                    turns.join()
                    var order = Seed(1).generator()
                    _ = try? OperationTiming(
                        clock: TickClock(), operationsPerTurn: 2, leastRounds: 3, processes: turns
                    ).run(
                        [SingleOperations(Counted(log, number))], for: .microseconds(1),
                        order: &order)
                    parent.end(of: number)
                }
            }
            for thread in threads { thread.start() }
            finish(threads)
            #expect(log.all == ["0", "0", "1", "1", "0", "0", "1", "1", "0", "0", "1", "1"])
        }
    }

    @Test func `a file that cannot be made is named`() {
        let error = #expect(throws: ProcessTurns.Failure.self) {
            _ = try ProcessTurns(making: "/nonexistent/turns")
        }
        #expect(error?.description.contains("'/nonexistent/turns'") == true)
    }

    @Test func `a file that gets no room is an error, not a signal at the first store`() {
        // What has no blocks to give stands for a disk that is full.
        let error = #expect(throws: ProcessTurns.Failure.self) {
            _ = try ProcessTurns(making: "/dev/full")
        }
        #expect(error?.description.hasPrefix("cannot extend '/dev/full'") == true)
    }
}
