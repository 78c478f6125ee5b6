import CHwloc
import CNilometerShims
import Glibc

/// Binding threads to hardware threads (PUs), by hwloc, and checking that it took effect.
///
/// Any thread may call any of it.
public enum ThreadBinding {
    /// Binds the calling thread to one hardware thread, by the kernel's number, and moves it there.
    ///
    /// - Parameters:
    ///   - pu: the hardware thread.
    ///   - topology: the topology by which it was chosen, if there is one: a description of another
    ///     machine is refused. hwloc itself would take such a binding and do nothing.
    /// - Throws: `notTheRunningMachine`, `notAllowed` when this process may not use it,
    ///   `bindingRefused`, `bindingWithoutEffect` when the thread is found elsewhere afterwards.
    public static func bindCurrentThread(
        to pu: Int, in topology: Topology? = nil
    ) throws(HardwareError) {
        guard pu >= 0 else {
            throw .notAllowed(requested: [], allowed: try allowedPUs())
        }
        try bindCurrentThread(to: [pu], in: topology)
    }

    /// Binds the calling thread to a set of hardware threads. All that the process may use, which
    /// `allowedPUs()` gives, undoes an earlier binding. Throws as for a single one.
    public static func bindCurrentThread(
        to pus: CPUSet, in topology: Topology? = nil
    ) throws(HardwareError) {
        if let topology, topology.origin.kind != .runningMachine {
            throw .notTheRunningMachine(topology: "\(topology.origin)")
        }
        try bindCurrentThread(to: pus, by: try HwlocTopology.running.get())
    }

    /// The hardware thread that runs the caller now. A few nanoseconds, without a system call
    /// where the kernel allows.
    public static func currentPU() -> Int {
        let pu = nilometer_current_cpu()
        precondition(pu >= 0, "the kernel does not tell the current hardware thread: \(errno)")
        return Int(pu)
    }

    /// The hardware threads that this process may use, as they were when first asked for.
    public static func allowedPUs() throws(HardwareError) -> CPUSet {
        try HwlocTopology.running.get().allowedPUs.value ?? []
    }

    /// The hardware threads on which the calling thread may run now.
    public static func bindingOfCurrentThread() throws(HardwareError) -> CPUSet {
        try binding(by: try HwlocTopology.running.get())
    }

    static func bindCurrentThread(
        to pus: CPUSet, by hwloc: HwlocTopology
    ) throws(HardwareError) {
        guard hwloc.origin.kind == .runningMachine else {
            throw .notTheRunningMachine(topology: "\(hwloc.origin)")
        }
        let allowed = hwloc.allowedPUs.value ?? []
        guard !pus.isEmpty, allowed.isSuperset(of: pus) else {
            throw .notAllowed(requested: pus, allowed: allowed)
        }
        // The bitmap does not leave the closure.
        unsafe try HwlocBitmap.with(pus) { bitmap throws(HardwareError) in
            // hwloc copies what it needs of the set during the call.
            guard unsafe hwloc_set_cpubind(hwloc.handle, bitmap, threadFlag) == 0 else {
                throw .bindingRefused(requested: pus, SystemError(errno))
            }
        }
        let found = try binding(by: hwloc)
        guard found == pus else { throw .bindingWithoutEffect(requested: pus, found: found) }
        // The kernel moves the thread before the call returns.
        let place = currentPU()
        guard pus.contains(place) else {
            throw .bindingWithoutEffect(requested: pus, found: [place])
        }
    }

    private static let threadFlag = Int32(bitPattern: HWLOC_CPUBIND_THREAD.rawValue)

    private static func binding(by hwloc: HwlocTopology) throws(HardwareError) -> CPUSet {
        // The bitmap does not leave the closure.
        unsafe try HwlocBitmap.with([]) { bitmap throws(HardwareError) in
            guard unsafe hwloc_get_cpubind(hwloc.handle, bitmap, threadFlag) == 0 else {
                throw .bindingRefused(requested: [], SystemError(errno))
            }
            return unsafe CPUSet(bitmap: bitmap)
        }
    }
}

/// hwloc's form of a set, for the duration of a call.
enum HwlocBitmap {
    static func with<Answer>(
        _ set: CPUSet, _ body: (hwloc_bitmap_t) throws(HardwareError) -> Answer
    ) throws(HardwareError) -> Answer {
        // Allocated here, owned by nobody else, freed here.
        guard let bitmap = unsafe hwloc_bitmap_alloc() else {
            throw .topologyUnavailable(operation: "hwloc_bitmap_alloc", SystemError(ENOMEM))
        }
        defer { unsafe hwloc_bitmap_free(bitmap) }
        for index in set.indexes { _ = unsafe hwloc_bitmap_set(bitmap, UInt32(index)) }
        return try unsafe body(bitmap)
    }
}
