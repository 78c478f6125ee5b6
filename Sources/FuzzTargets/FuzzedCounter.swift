import Glibc
import Pharaoh
import Storage

/// The counter's file. Whoever opens it later is given no value that was given before, and an opener that
/// refuses it refuses it again.
enum FuzzedCounter: FuzzedReader {
    static func read(_ input: [UInt8]) {
        let (first, later) = Scratch.with([FuzzedFile(name: "counter", content: input)]) {
            (values(at: $0.path + "/counter"), values(at: $0.path + "/counter"))
        }
        hold((first == nil) == (later == nil), "\(first ?? []), then \(later ?? [])")
        if let last = first?.last, let next = later?.first {
            hold(next > last, "\(next) after \(last)")
        }
    }

    static func takes(_ input: [UInt8]) -> Bool {
        Scratch.with([FuzzedFile(name: "counter", content: input)]) {
            values(at: $0.path + "/counter") != nil
        }
    }

    static func seeds() throws -> [[UInt8]] {
        try Scratch.with { scratch in
            var inputs: [[UInt8]] = []
            for reservation: ObeliskReservation in [.values(1), .values(4)] {
                var counter = try Obelisk(path: scratch.path + "/counter", reserving: reservation)
                for _ in 0..<3 { _ = try counter.next() }
                // As a crash leaves it, and as it is closed.
                inputs += scratch.files().map(\.content)
                try counter.close()
                inputs += scratch.files().map(\.content)
            }
            return inputs
        }
    }

    private static func values(at path: String) -> [UInt64]? {
        do {
            var counter = try Obelisk(path: path, reserving: .values(2), creation: .forbidden)
            var values: [UInt64] = []
            for _ in 0..<3 { values.append(try counter.next()) }
            try counter.close()
            return values
        } catch {
            return nil
        }
    }
}
