import StateMachines

extension CoordinatorRequest: WireCodable {
    /// Appends who asks, for what, how many, and of which coordinator.
    public func encode(into writer: inout WireWriter) {
        writer.write(id)
        writer.write(oldest)
        writer.write(service == .stamps ? 0 as UInt8 : 1)
        writer.write(count)
        writer.write(home)
    }

    /// Reads a request.
    public init(from reader: inout WireReader) throws(WireError) {
        let id: RequestID = try reader.value()
        let oldest = try reader.number(UInt64.self)
        let service: CoordinatorService
        switch try reader.number(UInt8.self) {
        case 0: service = .stamps
        case 1: service = .numbers
        case let tag: throw reader.unknown(tag)
        }
        self.init(
            id: id, oldest: oldest, service: service, count: try reader.number(),
            home: try reader.node())
    }
}

extension CoordinatorAnswer: WireCodable {
    /// Appends which answer, and what belongs to it.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .given(let run):
            writer.write(0 as UInt8)
            writer.write(run.first)
            writer.write(run.count)
        case .busy: writer.write(1 as UInt8)
        case .most(let count):
            writer.write(2 as UInt8)
            writer.write(count)
        }
    }

    /// Reads an answer.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0:
            self = .given(IdentifierRun(first: try reader.number(), count: try reader.number()))
        case 1: self = .busy
        case 2: self = .most(try reader.number())
        case let tag: throw reader.unknown(tag)
        }
    }
}

extension CoordinatorMessage: WireCodable {
    /// Appends the cluster and what is said.
    public func encode(into writer: inout WireWriter) {
        writer.write(cluster.rawValue)
        switch content {
        case .ask(let request):
            writer.write(0 as UInt8)
            writer.write(request)
        case .answer(let id, let answer):
            writer.write(1 as UInt8)
            writer.write(id)
            writer.write(answer)
        }
    }

    /// Reads a message.
    public init(from reader: inout WireReader) throws(WireError) {
        let cluster = ClusterID(try reader.number())
        switch try reader.number(UInt8.self) {
        case 0: self.init(cluster: cluster, .ask(try reader.value()))
        case 1: self.init(cluster: cluster, .answer(try reader.value(), try reader.value()))
        case let tag: throw reader.unknown(tag)
        }
    }
}
