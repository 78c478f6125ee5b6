import Quantities
import StorageFaults

@testable import Storage

/// What is asked of a key-value store.
enum StoreStep: Hashable, Sendable {
    case put(String, Int)
    case delete(String)
    /// Several changes in one batch.
    case batch
    case compact
    /// The same, and a key is put while it is under way.
    case compactBeside(CompactionStage)
    case sync
    /// Somebody else opens the store, and changes it if that succeeds.
    case intrude
}

/// What was promised of a store: the changes since its content was last known.
struct StorePromises: Sendable {
    enum Fate: Sendable {
        /// It may be there or not.
        case inDoubt
        /// It survives the process.
        case cached
        /// It survives the machine.
        case durable
    }

    struct Change: Sendable {
        let entries: [(key: String, value: String?)]
        var fate: Fate
    }

    var known: [String: String] = [:]
    var changes: [Change] = []

    /// Whether the store may hold `model` after `crash`: what is known, and of the changes all that
    /// are promised, whole, in their order, and any of the others.
    func allow(_ model: [String: String], after crash: Crash) -> Bool {
        let open = changes.indices.filter {
            changes[$0].fate == .inDoubt || changes[$0].fate == .cached && crash.isPowerCut
        }
        return (0..<1 << open.count).contains { choice in
            var expected = known
            for (index, change) in changes.enumerated() {
                if let place = open.firstIndex(of: index), choice & 1 << place == 0 { continue }
                for entry in change.entries { expected[entry.key] = entry.value }
            }
            return expected == model
        }
    }
}

/// A key-value store with values that tell what was put.
struct KeyValueSubject<Operations: FileOperations & ~Copyable>: CrashSubject, ~Copyable {
    typealias Failure = StorageError

    private let store: KeyValueEngine<Operations>
    private let options: KeyValueStore.Options
    private let window: DefectWindow?

    /// Opens the store. `window` is open while a compaction replaces its originals.
    init(
        _ durability: Durability, growth: AppendFile.Growth = .exact,
        cipher: (any RecordCipher)? = nil, window: DefectWindow? = nil,
        make: @escaping StoreSetting<Operations>.Maker
    ) throws(StorageError) {
        var options = KeyValueStore.Options(
            engine: .portable, durability: durability, growth: growth, cipher: cipher)
        options.segmentSize.rawValue = 300
        options.groupCapacity.rawValue = 1024
        store = try KeyValueEngine(path: "/store", options: options, make: make)
        self.options = options
        self.window = window
    }

    private var isDurable: Bool { options.durability != .none }

    mutating func perform(_ operation: StoreStep, _ ledger: Ledger<StorePromises>) {
        switch operation {
        case .put(let key, let count):
            change([(key, Self.value(key, count))], in: store, ledger)
        case .delete(let key): change([(key, nil)], in: store, ledger)
        case .batch: change([("a", "batched"), ("c", nil), ("b", "batched")], in: store, ledger)
        case .compact: compact(beside: nil, ledger)
        case .compactBeside(let stage): compact(beside: stage, ledger)
        case .sync:
            if (try? store.sync()) == nil { return withdraw(ledger) }
            promise(upTo: ledger.promises.changes.count, ledger)
        case .intrude:
            guard
                let other = try? KeyValueEngine(
                    path: "/store", options: options, make: store.setting.make)
            else { return }
            change([("a", "intruded")], in: other, ledger)
        }
    }

    /// Compacts, after which all changes from before are durable.
    private func compact(beside chosen: CompactionStage?, _ ledger: Ledger<StorePromises>) {
        let count = ledger.promises.changes.count
        let compaction = try? store.compact { stage in
            window?.isOpen = false
            if stage == chosen { change([("a", "beside")], in: store, ledger) }
            window?.isOpen = stage == .copied
        }
        window?.isOpen = false
        if compaction == nil { return withdraw(ledger) }
        promise(upTo: count, ledger)
    }

    /// A value of so many bytes.
    private static func value(_ key: String, _ count: Int) -> String {
        String(repeating: key, count: count)
    }

    private func promise(upTo count: Int, _ ledger: Ledger<StorePromises>) {
        for index in 0..<count
        where ledger.promises.changes[index].fate == .cached {
            ledger.promises.changes[index].fate = .durable
        }
    }

    private func change(
        _ entries: [(key: String, value: String?)], in store: KeyValueEngine<Operations>,
        _ ledger: Ledger<StorePromises>
    ) {
        let index = ledger.promises.changes.count
        ledger.promises.changes.append(.init(entries: entries, fate: .inDoubt))
        var batch = WriteBatch()
        for entry in entries {
            if let value = entry.value {
                batch.put(entry.key, value)
            } else {
                batch.delete(entry.key)
            }
        }
        do throws(StorageError) {
            try store.commit(batch)
            ledger.promises.changes[index].fate = isDurable ? .durable : .cached
        } catch {
            withdraw(ledger)
        }
    }

    /// What was not synced before a failure that poisons may be lost with it.
    private func withdraw(_ ledger: Ledger<StorePromises>) {
        if store.poison != nil { Self.withdrawAll(ledger) }
    }

    private static func withdrawAll(_ ledger: Ledger<StorePromises>) {
        for index in ledger.promises.changes.indices
        where ledger.promises.changes[index].fate == .cached {
            ledger.promises.changes[index].fate = .inDoubt
        }
    }

    mutating func audit(_ promises: inout StorePromises, after crash: Crash) -> String? {
        do throws(StorageError) {
            let model = try store.model()
            for (key, value) in try store.all() where try store.text(key) != value {
                return "\(key) is not what a scan says it is"
            }
            guard promises.allow(model, after: crash) else {
                return "\(model) after \(promises.known) and \(promises.changes)"
            }
            promises = StorePromises(known: model)
            return nil
        } catch {
            return "it cannot be read: \(error)"
        }
    }

    consuming func close(_ ledger: Ledger<StorePromises>) {
        if (try? store.close()) == nil { Self.withdrawAll(ledger) }
    }
}
