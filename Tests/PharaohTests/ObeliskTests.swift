import Glibc
import Quantities
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Pharaoh

/// Sequencers on files of the machine.
@Suite struct ObeliskTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.file("counter") }

    private static let modes: [ObeliskMode] = [
        .each, .group(maxDelay: .zero), .group(maxDelay: .microseconds(200)), .group(maxDelay: nil),
        .reserve(.values(1)), .reserve(.values(64)), .reserve(.values(64, ahead: true)),
        .reserve(.values(8, growingTo: 4096, ahead: true)),
    ]

    private static let reservations: [ObeliskReservation] = [
        .values(1), .values(7), .values(64, ahead: true), .values(3, ahead: true),
        .values(1, growingTo: 1000), .values(2, growingTo: 1000, ahead: true),
    ]

    private func size() -> UInt64 {
        var status = stat()
        // The structure is valid for the call.
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return UInt64(status.st_size)
    }

    @Test(arguments: reservations)
    func `one thread gets every value in order, and a crash skips no more than the reservation`(
        reservation: ObeliskReservation
    ) throws {
        var numbers = try Obelisk(path: path, reserving: reservation)
        for expected in 0..<UInt64(600) {
            #expect(try numbers.next() == expected)
            // Greater would do, but is not what was asked for.
            let ahead = size() - ObeliskMark.blockSize - expected
            #expect((1...reservation.most).contains(ahead))
        }
        try numbers.close()
        var again = try Obelisk(path: path)
        let next = try again.next()
        #expect((600..<600 + reservation.most).contains(next))
    }

    @Test(arguments: modes)
    func `many threads get values that are unique and that rise for each of them`(
        mode: ObeliskMode
    ) throws {
        let numbers = try SharedObelisk(path: path, mode: mode)
        let (threads, each) = (6, mode == .each ? 20 : 100)
        let collected = Guarded<[UInt64]>([])
        let disorder = Atomic(0)
        let callers = (0..<threads).map { _ in
            TestThread {
                var own: [UInt64] = []
                do throws(ObeliskError) {
                    for _ in 0..<each {
                        let value = try numbers.next()
                        if let last = own.last, value <= last {
                            disorder.add(1, ordering: .relaxed)
                        }
                        own.append(value)
                    }
                } catch {
                    Issue.record("\(error)")
                }
                collected.withLock { $0 += own }
            }
        }
        for caller in callers { caller.join() }
        let values = collected.withLock { $0 }
        #expect(values.sorted() == (0..<UInt64(threads * each)).map { $0 })
        #expect(disorder.load(ordering: .relaxed) == 0)
        let highest = try #require(values.max())
        #expect(size() > ObeliskMark.blockSize + highest)
        try numbers.close()
        var again = try Obelisk(path: path)
        #expect(try again.next() > highest)
    }

    @Test func `lanes give values that are unique among them`() throws {
        let numbers = try SharedObelisk(path: path, mode: .reserve(.values(256)))
        let collected = Guarded<[UInt64]>([])
        let callers = (0..<4).map { number in
            TestThread {
                var lane = numbers.lane(of: UInt64(10 + number))
                var own: [UInt64] = []
                do throws(ObeliskError) {
                    for _ in 0..<1000 { own.append(try lane.next()) }
                } catch {
                    Issue.record("\(error)")
                }
                collected.withLock { $0 += own }
            }
        }
        for caller in callers { caller.join() }
        let values = collected.withLock { $0 }
        #expect(values.count == 4000)
        #expect(Set(values).count == 4000)
    }

    @Test func `a lone caller of a group waits for nobody`() throws {
        let numbers = try SharedObelisk(path: path, mode: .group(maxDelay: .seconds(3600)))
        for expected in 0..<UInt64(5) { #expect(try numbers.next() == expected) }
        #expect(numbers.syncs == 5)
    }

    @Test func `blocks of values follow each other`() throws {
        let numbers = try SharedObelisk(path: path, mode: .reserve(.values(16)))
        #expect(try numbers.take(10) == 0)
        #expect(try numbers.take(100) == 10)
        #expect(try numbers.next() == 110)
    }

    @Test func `the file has holes where the values are`() throws {
        var numbers = try Obelisk(path: path, reserving: .values(1 << 30))
        #expect(try numbers.next() == 0)
        #expect(size() >= 1 << 30)
        #expect(try numbers.allocated() <= 1 << 16)
    }

    @Test func `a second opener is refused until the first has closed`() throws {
        let numbers = try SharedObelisk(path: path, mode: .each)
        #expect(throws: ObeliskError.file(.locked(path: path))) {
            _ = try Obelisk(path: path)
        }
        try numbers.close()
        var other = try Obelisk(path: path)
        #expect(try other.next() == 0)
    }

    @Test(arguments: modes)
    func `a sequencer that is dropped gives up its file`(mode: ObeliskMode) throws {
        var highest: UInt64 = 0
        do {
            let numbers = try SharedObelisk(path: path, mode: mode)
            highest = try numbers.next()
        }
        var again = try Obelisk(path: path)
        #expect(try again.next() > highest)
    }

    @Test(arguments: modes)
    func `callers that wait when it is closed get a value or an error, and no value twice`(
        mode: ObeliskMode
    ) throws {
        let numbers = try SharedObelisk(path: path, mode: mode)
        let collected = Guarded<[UInt64]>([])
        let begun = Atomic(0)
        let callers = (0..<4).map { _ in
            TestThread { [path] in
                var own: [UInt64] = []
                do throws(ObeliskError) {
                    while true {
                        own.append(try numbers.next())
                        begun.add(1, ordering: .relaxed)
                    }
                } catch {
                    if error != .file(.closed(path: path)) { Issue.record("\(error)") }
                    begun.add(20, ordering: .relaxed)
                }
                collected.withLock { $0 += own }
            }
        }
        while begun.load(ordering: .relaxed) < 20 { sched_yield() }
        try numbers.close()
        for caller in callers { caller.join() }
        let values = collected.withLock { $0 }
        #expect(Set(values).count == values.count)
        var again = try Obelisk(path: path)
        #expect(try again.next() > values.max() ?? 0)
    }

    @Test func `what is not a regular file is refused`() throws {
        #expect(throws: ObeliskError.self) { _ = try Obelisk(path: directory.path) }
        let pipe = directory.file("pipe")
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        #expect(throws: ObeliskError.file(.notARegularFile(path: pipe))) {
            _ = try Obelisk(path: pipe)
        }
    }

    @Test func `a file that is no counter is refused, and left as it is`() throws {
        let text = Array("a text that somebody needs".utf8)
        let file = unsafe open(path, O_RDWR | O_CREAT, 0o600)
        #expect(unsafe write(file, text, text.count) == text.count)
        Glibc.close(file)
        #expect(throws: ObeliskError.unmarked(path: path, size: 26)) {
            _ = try Obelisk(path: path)
        }
        #expect(size() == 26)
    }

    @Test func `a path with a zero byte or without a directory is refused`() throws {
        for path in ["a\0b", directory.file("missing/counter"), ""] {
            #expect(throws: ObeliskError.self) { _ = try Obelisk(path: path) }
        }
    }
}
