extension ChainMessage {
    /// About how many bytes it takes on the wire: fixed fields as they are, values by their length. For
    /// models of bandwidth.
    public var wireSize: Int {
        switch body {
        case .request(let request): 32 + request.wireSize
        case .answer(let answer): 32 + answer.outcome.wireSize
        case .hello(let hello): 56 + 16 * hello.runs.count
        case .forward(let forward):
            forward.entries.reduce(64) { $0 + 8 + $1.request.wireSize }
        case .image(let part): 64 + part.bytes.count
        case .imageReceived: 40
        case .acknowledgement: 48
        case .query: 32
        case .version, .standing: 40
        case .heartbeat: 80
        case .configuration(let configuration): 40 + 12 * configuration.members.count
        case .ballot: 120
        }
    }
}

extension ClientRequest {
    fileprivate var wireSize: Int {
        switch operation {
        case .read: 32
        case .write(let value): 36 + value.count
        case .compareAndSet(let expected, let value): 40 + (expected?.count ?? 0) + value.count
        }
    }
}

extension RequestOutcome {
    fileprivate var wireSize: Int {
        switch self {
        case .written, .redirected: 8
        case .mismatch(let value), .value(let value): 4 + (value?.count ?? 0)
        case .overloaded, .forgotten: 1
        }
    }
}
