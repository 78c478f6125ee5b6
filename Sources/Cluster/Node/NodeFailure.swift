public import Network
public import Shen

/// Why a node could not begin, or has ended by itself.
public enum NodeFailure: Error, Sendable, CustomStringConvertible {
    /// There is no event loop to be had, its address cannot be listened at, or the kernel failed
    /// it.
    case network(NetworkError)
    /// Its journal could not be opened, or has failed: what is durable of what was stored last is
    /// not known. Another life finds out.
    case journal(LogError)
    /// The log that it keeps could not be opened, or has failed.
    case log(LogError)
    /// Its machine could not be made of what the journal holds.
    case machine(any Error)

    /// One line: what failed, and why.
    public var description: String {
        switch self {
        case .network(let error): "the node's network: \(error)"
        case .journal(let error): "the node's journal: \(error)"
        case .log(let error): "the node's log: \(error)"
        case .machine(let error): "the node's machine: \(error)"
        }
    }
}
