import Randomness

/// How a file system orders what it brings to the device on its own account.
///
/// What was synced is durable under each. They differ in what may be left of the rest, and each is
/// at least as weak as the file systems it is named for.
package enum Persistence: String, CaseIterable, Sendable {
    /// Names and sizes survive in the order in which they were changed, up to some point, and a size
    /// that grew survives with the data that made it grow: ext4 with `data=ordered`.
    case journaled
    /// Names and sizes survive in any combination; what a size promises but the device never got
    /// reads as zeroes: XFS and btrfs, and what POSIX leaves open.
    case reordered
    /// The same, but what the device never got reads as what was there before: what files that have
    /// been removed had at the same offset, or anything. ext4 with `data=writeback`, ext2.
    case stale
}

/// What ends a run, and all its openers with it.
package enum Crash: Hashable, Sendable, CustomStringConvertible {
    /// The processes die; the kernel lives on, and so does what they wrote.
    case kill
    /// The machine stops. Of what was not synced, `survival` says what is left.
    case powerCut(Persistence, Survival)

    /// What a power cut leaves of what was not synced.
    package enum Survival: Hashable, Sendable {
        /// Nothing: the device holds what was synced and no more.
        case nothing
        /// Everything, as if the device had been done just in time.
        case everything
        /// A part that the seed determines, each sector on its own.
        case chosen(Seed)
    }

    /// Whether the page cache is lost.
    package var isPowerCut: Bool { self != .kill }

    /// What happened, with the seed that has it happen again.
    package var description: String {
        switch self {
        case .kill: "kill"
        case .powerCut(let persistence, .nothing): "power cut, \(persistence), nothing survives"
        case .powerCut(let persistence, .everything):
            "power cut, \(persistence), everything survives"
        case .powerCut(let persistence, .chosen(let seed)):
            "power cut, \(persistence), seed \(seed)"
        }
    }
}

/// Decides what survives a power cut.
struct Survivors {
    private let survival: Crash.Survival
    private var generator: Xoshiro256StarStar
    /// How likely it is that an unsynced sector survives: in some cuts all but few do, in others none
    /// but few, which are the cases where defects show.
    private let share: Double
    /// The last metadata change that survives where they survive in order.
    let lastInOrder: Int
    let persistence: Persistence
    /// What removed files had, by sector of theirs.
    private let remains: [UInt64: [UInt8]]

    /// The decisions for changes that are stamped 1...`changes`, on a device that still has `remains`.
    init(
        _ survival: Crash.Survival, _ persistence: Persistence, changes: Int,
        remains: [UInt64: [UInt8]]
    ) {
        self.survival = survival
        self.persistence = persistence
        self.remains = remains
        switch survival {
        case .nothing:
            (generator, share, lastInOrder) = (Seed(0).generator(), 0, 0)
        case .everything:
            (generator, share, lastInOrder) = (Seed(0).generator(), 1, changes)
        case .chosen(let seed):
            var generator = seed.generator()
            share = [0.1, 0.5, 0.5, 0.9][Int(generator.next(below: 4))]
            // Half of the time the cut is near the end, where most is at stake.
            let reach = generator.next(below: 2) == 0 ? UInt64(min(changes, 6)) : UInt64(changes)
            lastInOrder = changes - Int(generator.next(below: reach + 1))
            self.generator = generator
        }
    }

    /// Whether a change of data survives.
    mutating func includesData() -> Bool {
        switch survival {
        case .nothing: false
        case .everything: true
        case .chosen: generator.nextUnit() < share
        }
    }

    /// Whether the change of a name or a size with this stamp survives.
    mutating func includesMetadata(_ stamp: Int) -> Bool {
        persistence == .journaled ? stamp <= lastInOrder : includesData()
    }

    /// What sector `index` of a file holds that was allocated and never written.
    mutating func unwrittenSector(_ index: UInt64) -> [UInt8]? {
        guard persistence == .stale else { return nil }
        if let bytes = remains[index], generator.next(below: 4) > 0 { return bytes }
        var bytes: [UInt8] = []
        for _ in 0..<FileImage.sectorSize / 8 {
            let word = generator.next()
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return bytes
    }
}
