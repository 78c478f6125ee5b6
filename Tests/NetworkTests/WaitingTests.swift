import Glibc
import StateMachines
import Synchronization
import TestSupport
import Testing

@testable import Network

/// A handler with an inbox that other threads fill.
private struct Inbox: NetworkHandler {
    let count: Handoff

    final class Handoff: Sendable {
        let sent = Atomic<Int>(0)
        let taken = Atomic<Int>(0)
    }

    var hasWork: Bool {
        count.sent.load(ordering: .acquiring) > count.taken.load(ordering: .relaxed)
    }

    mutating func turnEnded(on loop: inout EventLoop) {
        count.taken.store(count.sent.load(ordering: .acquiring), ordering: .releasing)
    }
}

/// A handler that has work from the second time on that it is asked, once it is armed.
private struct LateWork: NetworkHandler, ~Copyable {
    let looks = Atomic<Int>(0)
    var isArmed = false
    var told = 0

    var hasWork: Bool { isArmed && looks.add(1, ordering: .relaxed).oldValue > 0 }

    mutating func ready(_ watch: WatchID, on loop: inout EventLoop) { told += 1 }
}

struct WaitingTests {
    @Test(
        "timers are called in order, not before their time, and not when they were taken back",
        arguments: Lab.transports)
    func timers(over transport: Transport) throws {
        var loop = try Lab.loop(over: transport)
        var recorder = Recorder()
        let start = Clock.now
        loop.schedule(3, at: start + .milliseconds(3))
        loop.schedule(1, at: start + .milliseconds(1))
        let taken = loop.schedule(2, at: start + .milliseconds(2))
        let cancelled = [loop.cancel(taken), loop.cancel(taken)]
        #expect(cancelled == [true, false])
        try Lab.turn(&loop, &recorder, step: .seconds(30)) { $0.timers.count == 2 }
        #expect(recorder.timers == [1, 3])
        #expect(Clock.now >= start + .milliseconds(3))
    }

    @Test(
        "a turn ends at the moment that it was given, with nothing to tell but that",
        arguments: Lab.transports)
    func turnLimit(over transport: Transport) throws {
        var loop = try Lab.loop(over: transport)
        var recorder = Recorder()
        let limit = Clock.now + .milliseconds(2)
        try loop.turn(&recorder, until: limit)
        #expect(Clock.now >= limit)
        #expect(recorder.turns == 1)
    }

    @Test(
        "a loop that sleeps or spins for ever hears every ring of another thread",
        arguments: Lab.transports,
        [
            LoopWaiting.blocking, .spinning(atMost: nil), .spinning(atMost: .microseconds(5)),
        ])
    func waker(over transport: Transport, waiting: LoopWaiting) throws {
        var options = Lab.small
        options.waiting = waiting
        var loop = try EventLoop(options: options, transport: transport)
        let handoff = Inbox.Handoff()
        let rounds = 200
        let waker = loop.waker
        // Each next one is put in only when the loop has taken the last, so that it is asleep or
        // about to be, at any point on the way there.
        let thread = TestThread {
            for round in 0..<rounds {
                while handoff.taken.load(ordering: .acquiring) < round { sched_yield() }
                handoff.sent.add(1, ordering: .releasing)
                waker.ring()
            }
        }
        var inbox = Inbox(count: handoff)
        let patience = Span.seconds(20)
        while handoff.taken.load(ordering: .relaxed) < rounds {
            let start = Clock.now
            try loop.turn(&inbox, until: start + patience)
            guard Clock.now - start < patience else {
                Issue.record("a ring was not heard")
                handoff.taken.store(rounds, ordering: .releasing)
                break
            }
        }
        thread.join()
    }

    @Test(
        "a watched descriptor that was read is not told of again, because the handler has work",
        arguments: Lab.transports)
    func readWatch(over transport: Transport) throws {
        var ends: [Int32] = [0, 0]
        // SAFETY: the array has room for the two ends.
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var options = Lab.small
        options.waiting = .spinning(atMost: nil)
        var loop = try EventLoop(options: options, transport: transport)
        var busy = LateWork()
        _ = try loop.watch(ends[0])
        // SAFETY: the byte outlives the calls.
        var byte: UInt8 = 7
        try #require(unsafe write(ends[1], &byte, 1) == 1)
        try loop.turn(&busy, until: Clock.now + .seconds(60))
        #expect(busy.told == 1)
        try #require(unsafe read(ends[0], &byte, 1) == 1)
        // Nothing to do when the loop begins to wait, and something as soon as it spins.
        for _ in 0..<3 {
            busy.looks.store(0, ordering: .relaxed)
            busy.isArmed = true
            try loop.turn(&busy, until: Clock.now + .seconds(60))
        }
        #expect(busy.told == 1)
    }

    @Test(
        "a watched descriptor is told when it has something to read",
        arguments: Lab.transports)
    func watching(over transport: Transport) throws {
        var ends: [Int32] = [0, 0]
        // SAFETY: the array has room for the two ends.
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var loop = try Lab.loop(over: transport)
        var recorder = Recorder()
        let watch = try loop.watch(ends[0])
        try loop.turn(&recorder, until: Clock.now)
        #expect(recorder.watches.isEmpty)
        for count in 1...3 {
            // SAFETY: the byte outlives the call, and there is room for the one that is read.
            var byte: UInt8 = 7
            try #require(unsafe write(ends[1], &byte, 1) == 1)
            try Lab.turn(&loop, &recorder) { $0.watches.count >= count }
            try #require(unsafe read(ends[0], &byte, 1) == 1)
        }
        #expect(recorder.watches.allSatisfy { $0 == watch })
        loop.unwatch(watch)
        let told = recorder.watches.count
        var byte: UInt8 = 7
        // SAFETY: as above.
        try #require(unsafe write(ends[1], &byte, 1) == 1)
        try loop.turn(&recorder, until: Clock.now + .milliseconds(1))
        #expect(recorder.watches.count == told)
    }
}
