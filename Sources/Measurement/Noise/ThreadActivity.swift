import Counters
import Glibc

/// What the kernel counted for the calling thread since it started.
struct ThreadActivity {
    var involuntarySwitches: Int
    var voluntarySwitches: Int

    /// `getrusage(RUSAGE_THREAD)`: some hundred nanoseconds.
    static func current() -> ThreadActivity {
        var usage = rusage()
        // glibc declares the name of 1 only under _GNU_SOURCE, which Swift's Glibc module lacks.
        let thisThread = __rusage_who_t(1)
        // SAFETY: `usage` outlives the call, which writes nothing else.
        unsafe getrusage(thisThread, &usage)
        return ThreadActivity(
            involuntarySwitches: usage.ru_nivcsw, voluntarySwitches: usage.ru_nvcsw)
    }

    /// Nanoseconds for which the calling thread could have run but another did, since it started:
    /// the second value of `/proc/thread-self/schedstat`; `nil` where the kernel keeps none.
    static func waitedForCore() -> Double? {
        KernelFile.text(of: "/proc/thread-self/schedstat", most: 256).flatMap(parseWait)
    }

    static func parseWait(_ text: String) -> Double? {
        let fields = text.split { $0 == " " || $0 == "\n" }
        return fields.count >= 2 ? Double(fields[1]) : nil
    }
}
