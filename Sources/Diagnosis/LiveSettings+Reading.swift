import Glibc
import Hardware
import Measurement
import Quantities

extension LiveSettings {
    /// Reads the running system; `directory` is where storage workloads write. Some milliseconds.
    static func read(_ machine: Machine, directory: String, clock: TickClock) -> LiveSettings {
        let page = Double(machine.memory.pageSize.value?.rawValue ?? 4096)
        return LiveSettings(
            addressRandomisation: KernelNumbers.fact("/proc/sys/kernel/randomize_va_space") {
                Int($0.filter { !$0.isWhitespace })
            },
            usedSwap: KernelNumbers.fact("/proc/meminfo", KernelNumbers.usedSwap),
            largeBlockShare: KernelNumbers.fact("/proc/buddyinfo") {
                KernelNumbers.largeBlockShare($0, pageSize: page)
            },
            space: space(in: directory), costs: CallCosts.measure(clock))
    }

    private static func space(in directory: String) -> Fact<Space> {
        let source = "statvfs \(directory)"
        var found = statvfs()
        // SAFETY: the path is copied by the kernel during the call, which fills `found`.
        guard unsafe statvfs(directory, &found) == 0 else {
            return .unknown(reason: "\(SystemError(errno))", source: source)
        }
        let block = UInt64(found.f_frsize)
        return .known(
            Space(
                free: ByteCount(UInt64(found.f_bavail) * block),
                total: ByteCount(UInt64(found.f_blocks) * block)), source: source)
    }
}

extension LiveSettings.CallCosts {
    /// Measures what a reading of the kernel's clock and a system call cost. About a millisecond.
    static func measure(_ clock: TickClock) -> LiveSettings.CallCosts {
        LiveSettings.CallCosts(
            timedRegion: clock.calibration.regionCost, resolution: clock.calibration.resolution,
            kernelClock: median(clock) { _ = TickClock.monotonicRaw() },
            systemCall: median(clock) { _ = getppid() })
    }

    /// The median of 31 batches of 32 calls, in nanoseconds a call.
    private static func median(_ clock: TickClock, _ call: () -> Void) -> Double {
        var batches: [Double] = []
        for _ in 0..<31 {
            let start = clock.begin()
            for _ in 0..<32 { call() }
            let region = clock.nanoseconds(from: start, to: clock.end())
            batches.append(max(0, region - clock.calibration.regionCost) / 32)
        }
        batches.sort()
        return batches[batches.count / 2]
    }
}
