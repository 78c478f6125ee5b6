import Hardware

/// How a worker's process is started and reached.
public struct ProcessOptions: Sendable, Equatable {
    /// The program; nil for the one that asks.
    public var executable: String?
    /// Bytes of the ring that carries messages, at least; rounded up to pages. Unanswered messages
    /// stay in it.
    public var messageBytes: Int
    /// Bytes of the ring that carries answers, at least; rounded up to pages.
    public var answerBytes: Int
    /// More variables of the process's environment, as `NAME=value`.
    public var variables: [String]
    /// The hardware threads that the process may run on, by the kernel's numbers; nil for those that
    /// this program was started on. What the starting thread is bound to has no part in it.
    public var hardwareThreads: CPUSet?

    /// Memberwise.
    public init(
        executable: String? = nil, messageBytes: Int = 1 << 18, answerBytes: Int = 1 << 18,
        variables: [String] = [], hardwareThreads: CPUSet? = nil
    ) {
        self.executable = executable
        self.messageBytes = messageBytes
        self.answerBytes = answerBytes
        self.variables = variables
        self.hardwareThreads = hardwareThreads
    }
}

/// What a worker made of a message.
public enum ProcessAnswer<Response: Sendable>: Sendable {
    /// The answer to the message with this number.
    case response(UInt64, Response)
    /// Handling the message with this number threw; the error in its own words.
    case failure(UInt64, String)
    /// The answer to the message with this number means nothing.
    case undecodable(UInt64, WireError)

    /// The number of the message.
    public var ordinal: UInt64 {
        switch self {
        case .response(let ordinal, _), .failure(let ordinal, _), .undecodable(let ordinal, _):
            ordinal
        }
    }
}
