import CHwloc
import CNilometerShims
import Glibc

/// A file that is to describe a topology, in memory: it may come from a pipe, and is used twice.
struct XMLDocument {
    // Ends with a zero, which hwloc wants counted.
    private let bytes: [CChar]

    /// Reads the file at `path`; whether it is XML at all shows later.
    init(_ path: String) throws(HardwareError) {
        do throws(SystemError) {
            bytes = try SystemFiles().bytes(path).map { CChar(bitPattern: $0) } + [0]
        } catch {
            throw .topologyFileUnreadable(path: path, error)
        }
    }

    /// Why hwloc refuses the document, or `nil` when it takes it.
    ///
    /// Asked in a child process: hwloc leaves XML to libxml2, which prints every mistake it finds
    /// to the standard error stream and cannot be told not to.
    var refusal: SystemError? {
        // The document outlives the call, and the child has a copy of it.
        unsafe withUnsafePointer(to: self) { document in
            let context = unsafe UnsafeMutableRawPointer(mutating: document)
            let answer = unsafe nilometer_quiet_child(
                { unsafe XMLDocument.isRefused($0) }, context)
            return answer == 0 ? nil : SystemError(abs(answer))
        }
    }

    /// Hands the document to a topology that is not loaded yet; whether hwloc took it.
    func give(to topology: hwloc_topology_t) -> Bool {
        // hwloc parses the buffer during the call, and keeps none of it.
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe hwloc_topology_set_xmlbuffer(
                topology, buffer.baseAddress, Int32(clamping: buffer.count)) == 0
        }
    }

    /// In the child: 0 when hwloc loads the document, otherwise an error number.
    private static func isRefused(_ context: UnsafeMutableRawPointer?) -> Int32 {
        var created: hwloc_topology_t?
        // `context` is the document that `refusal` handed over.
        guard let document = unsafe context?.assumingMemoryBound(to: XMLDocument.self).pointee,
            unsafe hwloc_topology_init(&created) == 0, let topology = unsafe created
        else { return ENOMEM }
        errno = 0
        let isTaken = unsafe document.give(to: topology) && hwloc_topology_load(topology) == 0
        return isTaken ? 0 : errno == 0 ? EINVAL : errno
    }
}
