import Foundation
import Glibc
import Hardware

/// The processor time that each process has had, from `/proc/[number]/stat`.
struct ProcessTable {
    /// A process: its name, and its time in nanoseconds.
    struct Entry: Hashable {
        var name: String
        var time: Double
    }

    var entries: [Int: Entry]

    /// A process that had more than this many processors is busy.
    static let busyThreshold = 0.05

    /// The processes now, this one left out.
    static func current() -> ProcessTable {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var entries: [Int: Entry] = [:]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for name in names {
            // A process may have ended since the directory was listed.
            guard let number = Int(name), number != Int(getpid()),
                let text = KernelNumbers.text("/proc/\(name)/stat").value,
                let entry = parse(text, ticksPerSecond: ticks)
            else { continue }
            entries[number] = entry
        }
        return ProcessTable(entries: entries)
    }

    /// `man 5 proc_pid_stat`: the name in parentheses, which may hold any character; user and
    /// system time are the 12th and the 13th word behind it.
    static func parse(_ text: String, ticksPerSecond: Double) -> Entry? {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close
        else { return nil }
        let words = text[text.index(after: close)...].split { $0 == " " || $0 == "\n" }
        guard words.count > 12, let user = Double(words[11]), let system = Double(words[12])
        else { return nil }
        return Entry(
            name: String(text[text.index(after: open)..<close]),
            time: (user + system) / ticksPerSecond * 1e9)
    }

    /// The processes that were busy during the `duration` nanoseconds since `earlier`, the busiest
    /// first. One that started meanwhile counts with all of its time.
    func busy(since earlier: ProcessTable, over duration: Double) -> [Meanwhile.Process] {
        guard duration > 0 else { return [] }
        return entries.map { number, entry in
            let before = earlier.entries[number].map { $0.name == entry.name ? $0.time : 0 } ?? 0
            return Meanwhile.Process(
                number: number, name: entry.name,
                processors: max(0, entry.time - before) / duration)
        }
        .filter { $0.processors > ProcessTable.busyThreshold }
        .sorted { ($1.processors, $0.number) < ($0.processors, $1.number) }
    }
}
