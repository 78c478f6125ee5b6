import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

@Suite struct SharedAppendFileTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.file("journal") }

    /// Each append is a record of a thread's number and a count, over and over.
    private func record(_ thread: Int, _ index: Int) -> [UInt8] {
        let unit = [UInt8(thread), UInt8(truncatingIfNeeded: index), UInt8(index >> 8)]
        return (0..<1 + index % 7).flatMap { _ in unit }
    }

    @Test(
        arguments: Engines.available,
        [
            Durability.none, .each, .group(maxDelay: .zero), .group(maxDelay: .microseconds(200)),
            .group(maxDelay: nil),
        ])
    func `every append of every thread is whole, at its offset, in its thread's order`(
        engine: AppendFile.EngineChoice, durability: Durability
    ) throws {
        let file = try SharedAppendFile(
            path: path, options: .init(engine: engine), durability: durability,
            groupCapacity: ByteCount(100))
        let placed = Guarded<[(offset: UInt64, thread: Int, index: Int)]>([])
        try withThreads(6) { thread in
            for index in 0..<50 {
                let bytes = record(thread, index)
                do throws(StorageError) {
                    let offset = try file.append(bytes.span)
                    placed.withLock { $0.append((offset, thread, index)) }
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
        let length = file.length
        try file.close()
        let bytes = try #require(content(of: path))
        #expect(bytes.count == Int(length))
        var end: UInt64 = 0
        var next = [Int](repeating: 0, count: 6)
        for place in placed.withLock({ $0 }).sorted(by: { $0.offset < $1.offset }) {
            let expected = record(place.thread, place.index)
            #expect(place.offset == end)
            #expect(Array(bytes[Int(place.offset)...].prefix(expected.count)) == expected)
            #expect(place.index == next[place.thread])
            next[place.thread] += 1
            end += UInt64(expected.count)
        }
        #expect(end == length)
        if case .group = durability { #expect(file.statistics.appends == 300) }
    }

    @Test func `a shared file can be opened once, and again after it was closed`() throws {
        let options = AppendFile.Options(engine: .portable)
        let path = path
        let file = try SharedAppendFile(path: path, options: options, durability: .each)
        #expect(file.engine == .portable(.asked))
        #expect(
            failure { () throws(StorageError) in
                _ = try SharedAppendFile(path: path, options: options, durability: .each)
            } == .locked(path: path))
        try file.close()
        try SharedAppendFile(path: path, options: options, durability: .none).close()
    }

    private func withThreads(
        _ count: Int, _ body: @escaping @Sendable (Int) -> Void
    ) throws {
        let threads = (0..<count).map { thread in TestThread { body(thread) } }
        for thread in threads { thread.join() }
    }
}
