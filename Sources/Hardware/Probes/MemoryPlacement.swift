import CNuma

/// Whether this process may say where its memory lies.
enum MemoryPlacement {
    /// libnuma tries the system calls: a kernel without NUMA lacks them, and a container's filter
    /// often denies them, however many nodes the topology shows.
    static var isAllowed: Fact<Bool> {
        let allowed = numa_available() >= 0
        return .known(
            allowed,
            source: allowed
                ? "libnuma numa_available" : "libnuma numa_available: get_mempolicy is refused")
    }
}
