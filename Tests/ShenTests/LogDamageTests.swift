import Quantities
import Storage
import StorageFaults
import Testing

@testable import Shen

/// What is not as it was written is an error, and never a record.
@Suite struct LogDamageTests {
    /// A machine with a log of a few segments; `isClosed` unless its process was killed.
    private func machine(
        isClosed: Bool, segmentSize: UInt64 = 500
    ) throws -> (SimulatedFileSystem, [[UInt8]]) {
        let machine = SimulatedFileSystem()
        var simulated = SimulatedLog(machine)
        simulated.options.segmentSize = ByteCount(segmentSize)
        let log = try simulated.open()
        let records = (0..<9).map { record($0, 60 + $0) }
        for bytes in records { try log.append([bytes], stamp(1, 1, UInt64(bytes.count - 60))) }
        if isClosed { try log.close() }
        machine.crash(.kill)
        return (machine, records)
    }

    /// What comes of a log on a machine in this state: its records, or nil where an error is told.
    private func outcome(
        _ state: FileSystemState, planting mistake: ShenMistake? = nil
    ) -> [[UInt8]]? {
        var simulated = SimulatedLog(SimulatedFileSystem(state))
        simulated.options.segmentSize = ByteCount(500)
        guard let log = try? simulated.open(planting: mistake) else { return nil }
        return try? log.everything()
    }

    /// Whether a log on a machine in this state is all as it was written.
    private func isSound(_ state: FileSystemState) -> Bool {
        var simulated = SimulatedLog(SimulatedFileSystem(state))
        simulated.options.segmentSize = ByteCount(500)
        return (try? simulated.open().verify()) != nil
    }

    @Test func `each byte of a closed log may be damaged, and no other records are read for it`()
        throws
    {
        let (machine, records) = try machine(isClosed: true)
        #expect(outcome(machine.state) == records && isSound(machine.state))
        for path in paths(machine) {
            guard let image = machine.state.image(at: path) else { continue }
            let bytes = image.bytes(at: 0, count: Int(image.size))
            for place in bytes.indices {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(place % 8)
                var state = machine.state
                state.replaceFile(at: path, by: FileImage(damaged))
                let found = outcome(state)
                // An index is a copy, and the manifest of a closed log has nothing to spare.
                let isCopy = path.hasSuffix(".index")
                let isFine = found == (isCopy ? records : nil)
                // What no read needs is found by who reads everything.
                #expect(isFine || (found == records && !isSound(state)), "byte \(place) of \(path)")
            }
        }
    }

    @Test func `a file that is missing, or shorter than it was, is an error`() throws {
        let (machine, records) = try machine(isClosed: true)
        for path in paths(machine) {
            guard let image = machine.state.image(at: path) else { continue }
            let isCopy = path.hasSuffix(".index")
            for length in 0..<Int(image.size) {
                var state = machine.state
                state.replaceFile(at: path, by: FileImage(image.bytes(at: 0, count: length)))
                #expect(
                    outcome(state) == (isCopy ? records : nil), "\(length) bytes of \(path)")
            }
            let gone = SimulatedFileSystem(machine.state)
            try SimulatedOperations(on: gone).remove(path)
            #expect(outcome(gone.state) == (isCopy ? records : nil), "\(path)")
        }
    }

    /// The last batch of a log that was not closed may be what a crash tore. Everything before it was
    /// durable when a later one was written, and says so.
    @Test func `damage in the middle of the segment that grew is an error, and cuts nothing off`()
        throws
    {
        #expect(try lostToDamage(planting: nil).isEmpty)
        #expect(try !lostToDamage(planting: .damageCutOff).isEmpty, "a planted mistake")
    }

    /// The places in the growing segment at which a damaged byte has durable records disappear without
    /// an error, those of the last batch aside.
    private func lostToDamage(planting mistake: ShenMistake?) throws -> [Int] {
        let (machine, records) = try machine(isClosed: false, segmentSize: 1 << 20)
        let base = try #require(SimulatedLog(machine).segments.last)
        let path = SimulatedLog.segment(base)
        let image = try #require(machine.state.image(at: path))
        let bytes = image.bytes(at: 0, count: Int(image.size))
        let count = records.count - Int(base)
        #expect(count > 2)
        var lost: [Int] = []
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 0x10
            var state = machine.state
            state.replaceFile(at: path, by: FileImage(damaged))
            guard let found = outcome(state, planting: mistake) else { continue }
            #expect(records.starts(with: found), "byte \(place)")
            if found.count < records.count - 1 { lost.append(place) }
        }
        return lost
    }

    @Test func `another log's segment, or one under another name, is refused`() throws {
        let (machine, _) = try machine(isClosed: true)
        let (other, _) = try self.machine(isClosed: true)
        let bases = SimulatedLog(machine).segments
        let path = SimulatedLog.segment(bases[0])
        for image in [
            other.state.image(at: path), machine.state.image(at: SimulatedLog.segment(bases[1])),
        ] {
            var state = machine.state
            state.replaceFile(at: path, by: try #require(image))
            #expect(outcome(state) == nil)
        }
    }

    private func paths(_ machine: SimulatedFileSystem) -> [String] {
        let names = try? SimulatedOperations(on: machine).entries(ofDirectory: "log")
        return (names ?? []).filter { $0 != "LOCK" }.map { "log/\($0)" }
    }
}
