import Runs

/// Figures of reads, sequencers and IDs.
extension SliceFigures {
    /// What a careful sequencer and a careful generator give, and a careless generator beside it.
    static func numbers() throws -> [Figure] {
        let persistence = "durability-class=device-volatile-cache"
        var rows = try sampled(
            "obelisk.recovery", "latency", "ns", 9200, "contender=obelisk;\(persistence)")
        for (contender, allocated) in [("truncate", 4096.0), ("append", 1e9)] {
            rows += try exact(
                "obelisk.disk", "allocated", "B", allocated,
                "contender=\(contender);increments=1000000000")
        }
        for crash in ["kill", "power-cut", "fault", "lives"] {
            rows += try sampled(
                "obelisk.guarantees", "repeated", "values", 0, by: 0, "crash=\(crash);kills=6")
        }
        for reservation in [64, 4096] {
            rows += try sampled(
                "obelisk.reserve", "throughput", "ops/s", 5000 * Double(reservation),
                "contender=reserve;\(persistence);reservation=\(reservation)")
        }
        for read in ["buffered", "direct"] {
            rows += try sampled(
                "storage.read", "latency", "ns", read == "direct" ? 90_000 : 2000,
                "access=\(read);block=4096;contender=io_uring;depth=1")
        }
        return try rows + identifiers()
    }

    private static func identifiers() throws -> [Figure] {
        var rows = try sampled("scarab.guarantees", "sockets", "sockets", 0, by: 0, "")
        for (contender, repeated) in [("nilometer", 0.0), ("published", 12)] {
            for trial in ["exhaustion", "set-back", "restart", "skew"] {
                rows += try sampled(
                    "scarab.guarantees", "repeated", "ids", repeated, by: 0,
                    "contender=\(contender);trial=\(trial)")
            }
            for (trial, inversions) in [("one-machine", 0.0), ("skew", 4000)] {
                rows += try sampled(
                    "scarab.guarantees", "inversions", "ids", inversions, by: 0,
                    "contender=\(contender);trial=\(trial)")
            }
        }
        return rows
    }
}
