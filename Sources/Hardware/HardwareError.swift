/// What can keep the machine from being described, or a thread from being bound.
public enum HardwareError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file given as a topology cannot be read.
    case topologyFileUnreadable(path: String, SystemError)
    /// hwloc does not accept the file as a topology.
    case topologyFileRefused(path: String, SystemError)
    /// The text is not a synthetic description that is accepted.
    case syntheticDescriptionRefused(String, reason: String)
    /// hwloc could not describe the running machine.
    case topologyUnavailable(operation: String, SystemError)
    /// The directory to be measured cannot be used.
    case directoryUnusable(path: String, operation: String, SystemError)
    /// A thread was to be bound by a topology that does not describe the running machine.
    case notTheRunningMachine(topology: String)
    /// The hardware threads asked for are not all among those that this process may use.
    case notAllowed(requested: CPUSet, allowed: CPUSet)
    /// The system refused to bind the thread.
    case bindingRefused(requested: CPUSet, SystemError)
    /// The system took the binding, and the thread still runs, or may run, elsewhere.
    case bindingWithoutEffect(requested: CPUSet, found: CPUSet)
    /// The system started no thread.
    case threadNotStarted(name: String, operation: String, SystemError)

    /// One line: what failed, where, and what was expected.
    public var description: String {
        switch self {
        case .topologyFileUnreadable(let path, let error):
            "\(path): cannot read the topology: \(error); expected an hwloc XML file, as "
                + "'lstopo --of xml' writes it"
        case .topologyFileRefused(let path, let error):
            "\(path): hwloc refuses it as a topology: \(error); expected an hwloc XML file, as "
                + "'lstopo --of xml' writes it"
        case .syntheticDescriptionRefused(let text, let reason):
            "'\(text)' is not a topology: \(reason); expected an hwloc XML file or a synthetic "
                + "description such as 'pack:2 numa:1 core:12 pu:2'"
        case .topologyUnavailable(let operation, let error):
            "\(operation) failed: \(error); expected hwloc to describe this machine"
        case .directoryUnusable(let path, let operation, let error):
            "\(path): \(operation) failed: \(error); expected a directory to measure"
        case .notTheRunningMachine(let topology):
            "cannot bind a thread by \(topology): it does not describe the running machine"
        case .notAllowed(let requested, let allowed):
            "cannot bind to hardware thread \(requested): this process may use "
                + "\(allowed.isEmpty ? "none" : "\(allowed)")"
        case .bindingRefused(let requested, let error):
            "binding to hardware thread \(requested) failed: \(error)"
        case .bindingWithoutEffect(let requested, let found):
            "bound to hardware thread \(requested), yet found on \(found)"
        case .threadNotStarted(let name, let operation, let error):
            "\(operation) failed for thread '\(name)': \(error)"
        }
    }

    /// Whether what the user gave is at fault, rather than this machine.
    public var isBadInput: Bool {
        switch self {
        case .topologyFileUnreadable, .topologyFileRefused, .syntheticDescriptionRefused,
            .directoryUnusable, .notAllowed:
            true
        case .topologyUnavailable, .notTheRunningMachine, .bindingRefused,
            .bindingWithoutEffect, .threadNotStarted:
            false
        }
    }
}
