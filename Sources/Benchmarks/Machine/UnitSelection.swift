import Hardware

/// Which processing units a map of a machine has rows and columns for.
///
/// All that the process may use where they fit; otherwise whole cores, so that siblings stay
/// together, evenly spaced over hwloc's order, which goes package by package and cache by cache.
struct UnitSelection: Equatable {
    /// The kernel's numbers, ascending.
    let units: [Int]
    /// How many the process may use.
    let allowed: Int

    /// A selection of at most `most` of `allowed`.
    ///
    /// - Parameter cores: the units of each core, in hwloc's order; units of none count as cores
    ///   of their own.
    init(among allowed: CPUSet, cores: [CPUSet], most: Int) {
        precondition(most >= 2, "a pair needs 2 processing units, at most \(most) were asked for")
        self.allowed = allowed.count
        guard allowed.count > most else {
            units = allowed.indexes
            return
        }
        let known = cores.map { $0.intersection(allowed).indexes }.filter { !$0.isEmpty }
        let placed = Set(known.flatMap(\.self))
        let groups = known + allowed.indexes.filter { !placed.contains($0) }.map { [$0] }
        // The largest number of evenly spaced cores whose units fit; a single core that has more
        // units than are wanted gives its first ones.
        for count in stride(from: min(groups.count, most), to: 0, by: -1) {
            let chosen = (0..<count).flatMap { groups[$0 * groups.count / count] }
            if chosen.count <= most {
                units = chosen.sorted()
                return
            }
        }
        units = Array(groups[0].prefix(most)).sorted()
    }

    /// Every pair once, the lower number first.
    var pairs: [(from: Int, to: Int)] {
        units.indices.flatMap { first in
            units[(first + 1)...].map { (units[first], $0) }
        }
    }

    /// What was left out, for the reader; `nil` when nothing was.
    var note: String? {
        units.count == allowed
            ? nil
            : "\(units.count) of \(allowed) processing units, whole cores evenly spaced over the "
                + "machine: \(CPUSet(units)); processing-units=\(allowed) maps all of them"
    }
}
