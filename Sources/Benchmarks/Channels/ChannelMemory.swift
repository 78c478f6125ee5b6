import Channels
import Foundation

/// Memory that channels make resident, as the kernel counts it.
enum ChannelMemory {
    /// Resident bytes of one channel of 8-byte messages, read several times over fresh channels; empty
    /// where the kernel does not tell.
    ///
    /// `smaps_rollup`, because `statm` is a sum that each processor keeps a part of and lags
    /// behind. What the allocator needs beside the channels is in it: it is what a process pays.
    static func residentBytes(ofCapacity capacity: Int) -> [Double] {
        let count = min(max(8 << 20 / (capacity * 10 + 512), 4), 2048)
        // All strategies have the same memory.
        var kept: [Channel] = []
        kept.reserveCapacity(count * batches)
        var found: [Double] = []
        for _ in 0..<batches {
            guard let before = residentBytes() else { return [] }
            for _ in 0..<count { kept.append(Channel(capacity: capacity)) }
            guard let after = residentBytes() else { return [] }
            found.append(max(0, after - before) / Double(count))
        }
        // The first batch meets an allocator that may have room left from before.
        return withExtendedLifetime(kept) { Array(found.dropFirst()) }
    }

    private static let batches = 5

    private final class Channel {
        private let channel: SPSCChannel<UInt64, SpinThenPark>

        init(capacity: Int) { channel = SPSCChannel(capacity: capacity) }
    }

    /// What of this process is in memory.
    private static func residentBytes() -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8)
        else { return nil }
        return parse(text)
    }

    /// The bytes of the line `Rss:      1234 kB`.
    static func parse(_ text: String) -> Double? {
        for line in text.split(separator: "\n") where line.hasPrefix("Rss:") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[2] == "kB", let kibibytes = Double(words[1]) else {
                return nil
            }
            return kibibytes * 1024
        }
        return nil
    }
}
