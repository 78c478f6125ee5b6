public import Shen
public import ShenRing

/// How a node that begins gets at its journal.
public struct JournalPlan<Record: Sendable>: Sendable {
    /// Opens it: gives what it holds, and a writer that has the loop woken.
    let open:
        @Sendable (_ recovered: inout [Record], _ wake: @escaping @Sendable () -> Void)
            throws(LogError) -> JournalWriter<Record>

    /// A journal that `open` opens.
    public init(
        opening open:
            @escaping @Sendable (
                _ recovered: inout [Record], _ wake: @escaping @Sendable () -> Void
            )
            throws(LogError) -> JournalWriter<Record>
    ) {
        self.open = open
    }
}

extension JournalPlan where Record: WireCodable {
    /// A journal in the directory `path`, which is made where there is none.
    public init(
        path: String, durability: JournalDurability,
        compaction: JournalCompaction<Record>? = nil
    ) {
        self.init { (recovered, wake) throws(LogError) in
            let disk = try JournalDisk(path: path, recovered: &recovered)
            return try JournalWriter(
                disk, recovered: recovered, durability: durability, compaction: compaction,
                wake: wake)
        }
    }
}
