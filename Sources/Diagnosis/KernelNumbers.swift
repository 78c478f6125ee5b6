import Counters
import Hardware
import Quantities

/// The kernel's text files, and what is read out of them.
enum KernelNumbers {
    /// The text of a file, or the reason why there is none.
    static func text(_ path: String) -> Fact<String> {
        guard let text = KernelFile.text(of: path) else {
            return .unknown(reason: "it cannot be read, or is empty", source: path)
        }
        return .known(text, source: path)
    }

    /// What `parse` finds in a file.
    static func fact<Value>(_ path: String, _ parse: (String) -> Value?) -> Fact<Value> {
        text(path).flatMap { text in
            guard let value = parse(text) else {
                return .unknown(reason: "unexpected text '\(text.prefix(60))'", source: path)
            }
            return .known(value, source: path)
        }
    }

    /// The value of a line `key value` or `key: value kB`.
    static func value(of key: String, in text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let fields = line.split { $0 == " " || $0 == "\t" || $0 == ":" }
            if fields.count >= 2, fields[0] == key { return Double(fields[1]) }
        }
        return nil
    }

    /// The swap space in use, from `/proc/meminfo`.
    static func usedSwap(_ text: String) -> ByteCount? {
        guard let total = value(of: "SwapTotal", in: text),
            let free = value(of: "SwapFree", in: text), total >= free
        else { return nil }
        return ByteCount(UInt64((total - free) * 1024))
    }

    /// The share of free memory in blocks of 2 MiB and more, from `/proc/buddyinfo`: behind the
    /// fourth word of a line, the n-th number counts free blocks of 2ⁿ pages. `nil` where nothing
    /// is free.
    static func largeBlockShare(_ text: String, pageSize: Double) -> Double? {
        var all = 0.0
        var large = 0.0
        for line in text.split(separator: "\n") {
            var size = pageSize
            for field in line.split(separator: " ").dropFirst(4) {
                guard let count = Double(field) else { return nil }
                all += count * size
                if size >= 2 * 1024 * 1024 { large += count * size }
                size *= 2
            }
        }
        return all > 0 ? large / all : nil
    }

    /// Pages swapped in and out since boot, from `/proc/vmstat`.
    static func swappedPages(_ text: String) -> Double? {
        guard let read = value(of: "pswpin", in: text), let written = value(of: "pswpout", in: text)
        else { return nil }
        return read + written
    }
}
