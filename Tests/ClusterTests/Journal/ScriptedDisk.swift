import Cluster
import Shen
import Storage

/// A disk in memory whose syncs wait for the test, and fail when it says so.
struct ScriptedDisk: RecordDisk, ~Copyable {
    struct Contents: Sendable {
        var appended: [UInt64] = []
        var durable: [UInt64] = []
        var syncs = 0
        var checkpoints = 0
        var isClosed = false
        /// How many more syncs may be done; nil for all.
        var permitted: Int?
        /// Whether a sync waits to be permitted.
        var isSyncing = false
        /// Whether the next sync fails.
        var fails = false
    }

    let contents: Signal<Contents>

    static let failure = LogError.storage(.refused(.sync, path: "scripted", ErrorNumber(code: 5)))

    mutating func append(_ records: [UInt64]) throws(LogError) {
        contents.change { $0.appended += records }
    }

    mutating func sync() throws(LogError) {
        contents.change { $0.isSyncing = true }
        do throws(Overdue) {
            try contents.wait("a sync to be permitted") { $0.permitted != 0 }
        } catch {
            // The test has ended without permitting it.
            throw Self.failure
        }
        let fails = contents.change { contents in
            contents.isSyncing = false
            contents.syncs += 1
            if let permitted = contents.permitted { contents.permitted = permitted - 1 }
            if !contents.fails { contents.durable = contents.appended }
            return contents.fails
        }
        if fails { throw Self.failure }
    }

    mutating func checkpoint(_ records: [UInt64]) throws(LogError) {
        contents.change { contents in
            contents.appended = records
            contents.durable = records
            contents.checkpoints += 1
        }
    }

    var byteCount: UInt64 { contents.change { UInt64($0.appended.count) * 8 } }

    consuming func close() throws(LogError) {
        contents.change { contents in
            contents.durable = contents.appended
            contents.isClosed = true
        }
    }
}
