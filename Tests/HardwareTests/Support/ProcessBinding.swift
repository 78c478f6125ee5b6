import CHwloc
import Glibc

@testable import Hardware

/// Binds every thread of this process to one hardware thread.
func bindProcess(to pu: Int) throws {
    let hwloc = try HwlocTopology(.running)
    let flags = Int32(bitPattern: HWLOC_CPUBIND_PROCESS.rawValue)
    // The bitmap does not leave the closure; the topology lives as long as the call.
    let status = unsafe try HwlocBitmap.with([pu]) {
        unsafe hwloc_set_cpubind(hwloc.handle, $0, flags)
    }
    guard status == 0 else { throw SystemError(errno) }
}
