/// What a member of etcd is asked: messages of `etcdserverpb` with the paths of their methods, as
/// `rpc.proto` of its sources has them.
struct EtcdRequest {
    /// The method.
    let path: String
    /// The message.
    let message: [UInt8]

    /// What a member says of itself.
    static let status = EtcdRequest(path: "/etcdserverpb.Maintenance/Status", message: [])

    /// To put a value at a key, which goes when the lease does where there is one.
    static func put(_ key: String, _ value: [UInt8], lease: Int64 = 0) -> EtcdRequest {
        var fields = ProtobufFields([(1, Array(key.utf8)), (2, value)])
        if lease != 0 { fields.append(3, UInt64(bitPattern: lease)) }
        return EtcdRequest(path: "/etcdserverpb.KV/Put", message: fields.bytes)
    }

    /// To read a key, as a majority confirms it.
    static func get(_ key: String) -> EtcdRequest {
        EtcdRequest(
            path: "/etcdserverpb.KV/Range",
            message: ProtobufFields([(1, Array(key.utf8))]).bytes)
    }

    /// To read the names of so many keys from one on to before another, as a majority confirms them.
    static func keys(from first: [UInt8], before end: [UInt8], limit: Int) -> EtcdRequest {
        var fields = ProtobufFields([(1, first), (2, end)])
        fields.append(3, UInt64(limit))
        // Keys alone.
        fields.append(8, 1)
        return EtcdRequest(path: "/etcdserverpb.KV/Range", message: fields.bytes)
    }

    /// To grant a lease of so many seconds.
    static func grant(seconds: Int) -> EtcdRequest {
        var fields = ProtobufFields()
        fields.append(1, UInt64(seconds))
        return EtcdRequest(path: "/etcdserverpb.Lease/LeaseGrant", message: fields.bytes)
    }

    /// To let a lease begin anew.
    static func keepAlive(_ lease: Int64) -> EtcdRequest {
        var fields = ProtobufFields()
        fields.append(1, UInt64(bitPattern: lease))
        return EtcdRequest(path: "/etcdserverpb.Lease/LeaseKeepAlive", message: fields.bytes)
    }

    /// To be told of all that happens to keys from one on to before another.
    static func watch(from first: String, before end: String) -> EtcdRequest {
        let range = ProtobufFields([(1, Array(first.utf8)), (2, Array(end.utf8))])
        return EtcdRequest(
            path: "/etcdserverpb.Watch/Watch", message: ProtobufFields([(1, range.bytes)]).bytes)
    }

    /// It as a call of the member at an endpoint.
    func call(at endpoint: Endpoint, isOnly: Bool = true) -> GRPCCall {
        GRPCCall(path, authority: "\(endpoint)", message: message, isOnly: isOnly)
    }
}

/// What a member says of itself (`etcdserverpb.Maintenance/Status`).
public struct EtcdStatus: Hashable, Sendable {
    /// Its number among the cluster's.
    public let member: UInt64
    /// Who leads as far as it knows; 0 where it knows of nobody.
    public let leader: UInt64
    /// Which version it is.
    public let version: String
    /// How much its database takes up, in bytes.
    public let databaseSize: Int64

    /// Whether it takes itself for the leader.
    public var isLeader: Bool { leader != 0 && leader == member }

    /// What the message of an answer says. What is not there is 0, as its protocol has it.
    init(_ answer: [UInt8]) {
        var (member, leader, size): (UInt64, UInt64, UInt64) = (0, 0, 0)
        var version = ""
        var fields = ProtobufReader(answer, in: 0..<answer.count)
        while let (number, value) = fields.next() {
            switch (number, value) {
            case (1, .string(let part)):
                var header = ProtobufReader(answer, in: part)
                member = header.first(2)?.number ?? 0
            case (2, .string(let part)): version = String(decoding: answer[part], as: UTF8.self)
            case (3, .number(let number)): size = number
            case (4, .number(let number)): leader = number
            default: continue
            }
        }
        (self.member, self.leader, self.version) = (member, leader, version)
        databaseSize = Int64(clamping: size)
    }
}

/// What answers to requests hold.
enum EtcdAnswer {
    /// The revision of the store that the header of an answer has, which lies in this part of `answer`.
    static func revision(_ answer: [UInt8], in part: Range<Int>) -> Int64? {
        var fields = ProtobufReader(answer, in: part)
        guard let header = fields.first(1)?.part else { return nil }
        var inner = ProtobufReader(answer, in: header)
        return inner.first(3)?.number.flatMap { Int64(exactly: $0) }
    }

    /// The keys and values of an answer to a range.
    static func pairs(_ answer: [UInt8]) -> [(key: [UInt8], value: [UInt8])] {
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        var fields = ProtobufReader(answer, in: 0..<answer.count)
        while let (number, value) = fields.next() {
            guard number == 2, let part = value.part else { continue }
            pairs.append(pair(answer, part))
        }
        return pairs
    }

    /// A key and its value, as ranges and events have them.
    static func pair(_ answer: [UInt8], _ part: Range<Int>) -> (key: [UInt8], value: [UInt8]) {
        var (key, value): ([UInt8], [UInt8]) = ([], [])
        var inner = ProtobufReader(answer, in: part)
        while let (number, field) = inner.next() {
            guard let text = field.part else { continue }
            if number == 1 { key = Array(answer[text]) }
            if number == 5 { value = Array(answer[text]) }
        }
        return (key, value)
    }
}
