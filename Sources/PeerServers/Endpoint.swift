/// Where a server listens.
public enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// On a socket of the filesystem.
    case unix(String)
    /// On a port of 127.0.0.1.
    case tcp(UInt16)

    /// As people write it.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let port): "127.0.0.1:\(port)"
        }
    }
}

/// How clients reach a server on the same machine.
public enum Transport: String, CaseIterable, Sendable {
    /// A socket of the filesystem.
    case unix
    /// TCP over loopback.
    case tcp
}
