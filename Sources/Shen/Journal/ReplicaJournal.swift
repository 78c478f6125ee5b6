public import Quantities
public import StateMachines
public import Storage

/// The disk of a state machine: the records that it stores, in order, and again after a crash.
///
///     var recovered: [QuorumRecord] = []
///     var journal = try ReplicaJournal<QuorumRecord>(path: "node-3", recovered: &recovered)
///     // for each step of the machine:
///     try journal.append(effects.records)
///     // and when there is nothing else to do:
///     machine.stored(through: try journal.sync(), at: now, into: &effects)
///
/// It promises what a shell owes to a `StateMachine`: records reach the disk in the order in which they were
/// appended, all of what one `append` was given or none of it, and `sync` says how far they have. After a
/// power cut there are all records that a sync has covered, and of later ones those up to some `append`.
/// Damage is an error, and nothing is left out for it.
///
/// A journal grows until `checkpoint` puts fewer records in the place of all: those that
/// `QuorumNode.compacted` or `ChainRecord.compact` makes of them, say.
///
/// One opener at a time, and one thread at a time.
public struct ReplicaJournal<Record: JournalRecord>: ~Copyable {
    /// Where the journal is: a directory that it has for itself.
    public let path: String
    private var core: JournalCore<Record, SystemOperations>

    /// Opens the journal in the directory `path`, makes it where there is none if `creation` says so, and
    /// puts what it holds, in order, in the place of `recovered`. O(its bytes).
    ///
    /// - Parameters:
    ///   - segmentSize: how many bytes a file has when the next one is begun.
    ///   - growth: how files grow.
    ///
    /// - Throws: `.storage` with `.locked` where it has another opener; with `.store`, file and reason where
    ///   it holds what no journal of these records wrote; with `.refused` and the step.
    public init(
        path: String, creation: AppendFile.Creation = .ifMissing,
        segmentSize: ByteCount = .mebibytes(64),
        growth: AppendFile.Growth = .zeroFilled(step: .mebibytes(1)), recovered: inout [Record]
    ) throws(LogError) {
        self.path = path
        let options = SegmentedLog.Options(
            durability: .none, creation: creation, segmentSize: segmentSize, growth: growth,
            producerLimit: 1)
        let setting = LogSetting<SystemOperations>(path: path, options: options) {
            SystemOperations(because: .asked)
        }
        do throws(StorageError) {
            core = try JournalCore(setting, recovered: &recovered)
        } catch {
            throw .storage(error)
        }
    }

    /// How many records were appended since it was opened.
    public var position: RecordPosition { core.position }

    /// How many of them are durable.
    public var durable: RecordPosition { core.durable }

    /// What poisoned the journal, if anything did.
    public var failure: StorageError? { core.failure }

    /// How many bytes its files hold: what `checkpoint` would have less of.
    public var byteCount: ByteCount { ByteCount(core.byteCount) }

    /// Appends records, in order; durable with the next sync.
    ///
    /// - Throws: `.storage`: none of them is in the journal then; it takes no more unless there was no room.
    public mutating func append(_ records: [Record]) throws(LogError) {
        do throws(StorageError) {
            try core.append(records)
        } catch {
            throw .storage(error)
        }
    }

    /// Makes all that was appended durable, and gives the position of the last record: what the machine is
    /// told by `stored(through:)`.
    ///
    /// - Throws: `.storage` with `.refused(.sync, …)`, and from then on with `.poisoned`: the node has to end,
    ///   and begin another life with what opening finds.
    public mutating func sync() throws(LogError) -> RecordPosition {
        do throws(StorageError) {
            return try core.sync()
        } catch {
            throw .storage(error)
        }
    }

    /// Has `records`, at least one, stand for all that was appended before, durably, and removes what that
    /// was. A crash leaves all of the old or all of the new. Takes room for both until it is done.
    ///
    /// - Throws: `.storage`: the old records stand, unless `failure` says that this is not known. Where only
    ///   the removal of what was superseded fails, the next checkpoint removes it.
    public mutating func checkpoint(_ records: [Record]) throws(LogError) {
        do throws(StorageError) {
            try core.checkpoint(records)
        } catch {
            throw .storage(error)
        }
    }

    /// Makes everything durable and closes the files, whatever is thrown.
    public consuming func close() throws(LogError) {
        do throws(StorageError) {
            try core.close()
        } catch {
            throw .storage(error)
        }
    }
}
