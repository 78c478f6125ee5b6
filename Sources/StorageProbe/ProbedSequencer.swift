import Glibc
import Pharaoh
import Quantities
import Storage

/// A sequencer that reserves ahead.
enum ProbedSequencer: ProbedSubject {
    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(ObeliskError) {
        var obelisk = try Obelisk(path: directory + "/obelisk", reserving: .values(16))
        let value = try obelisk.next()
        if let last = promised[0], value <= last {
            Reports.broken("value \(last) was given out, and then \(value)")
        }
        if isCheck { return try obelisk.close() }
        Reports.send(0, value)
        while true { Reports.send(0, try obelisk.next()) }
    }
}

/// A generator of IDs.
enum ProbedGenerator: ProbedSubject {
    static func run(
        in directory: String, promised: [UInt64: UInt64], isCheck: Bool
    ) throws(ScarabError) {
        let lease = try ScarabLease(path: directory + "/scarab", window: .milliseconds(64))
        var generator = try lease.generator(machine: 7)
        let first = try generator.next().rawValue
        if let last = promised[0], first <= last {
            Reports.broken("ID \(last) was given out, and then \(first)")
        }
        if isCheck { return try lease.close() }
        Reports.send(0, first)
        // No device holds it up. At full speed a run of seconds would promise gigabytes.
        while true {
            for _ in 0..<1_024 { Reports.send(0, try generator.next().rawValue) }
            usleep(5_000)
        }
    }
}
