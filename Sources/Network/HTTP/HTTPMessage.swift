/// A field of a message's head, such as `Content-Type: text/plain`.
public struct HTTPField: Hashable, Sendable {
    /// The name, whose letters' case means nothing.
    public let name: String
    /// The value, without blanks around it.
    public let value: String

    /// A field. Neither part may hold a line's end, which would end the field.
    public init(_ name: String, _ value: String) {
        let isClean = { (text: String) in !text.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 } }
        precondition(!name.isEmpty && isClean(name) && isClean(value), "the field '\(name)'")
        self.name = name
        self.value = value
    }

    /// A field as it was parsed.
    init(parsed name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension [HTTPField] {
    /// The value of the first field of a name, in any case of its letters.
    public subscript(name: String) -> String? {
        first { field in
            field.name.utf8.count == name.utf8.count
                && zip(field.name.utf8, name.utf8).allSatisfy { lowercase($0) == lowercase($1) }
        }?.value
    }

    private func lowercase(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}

/// A request, whole.
public struct HTTPRequest: Hashable, Sendable {
    /// The method, such as `GET`.
    public var method: String
    /// What it is about, such as `/metrics?all`.
    public var target: String
    /// The fields of its head, in order.
    public var fields: [HTTPField]
    /// The body.
    public var body: [UInt8]

    /// A request.
    public init(
        _ method: String, _ target: String, fields: [HTTPField] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }
}

/// A response, whole.
public struct HTTPResponse: Hashable, Sendable {
    /// The status, such as 200.
    public var status: Int
    /// The fields of its head, in order. `Content-Length`, `Connection` and `Date` are added.
    public var fields: [HTTPField]
    /// The body.
    public var body: [UInt8]

    /// A response; the status is from 200 to 599.
    public init(_ status: Int, fields: [HTTPField] = [], body: [UInt8] = []) {
        precondition((200...599).contains(status), "a response of status \(status)")
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// A response whose body is a line of text.
    public init(_ status: Int, text: String) {
        self.init(
            status, fields: [HTTPField("Content-Type", "text/plain; charset=utf-8")],
            body: Array(text.utf8))
    }
}

/// How much of a message is taken.
public struct HTTPLimits: Hashable, Sendable {
    /// Bytes of a head: the target and all names and values.
    public var head: Int
    /// Fields of a head.
    public var fields: Int
    /// Bytes of a body.
    public var body: Int

    /// Limits.
    public init(head: Int = 16 << 10, fields: Int = 100, body: Int = 1 << 20) {
        precondition(
            head > 0 && fields >= 0 && body >= 0, "HTTP limits \(head), \(fields), \(body)")
        self.head = head
        self.fields = fields
        self.body = body
    }
}

/// Why what came is no message that is taken.
public enum HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It is no HTTP, in the parser's words.
    case malformed(String)
    /// The head has more bytes or fields than are taken.
    case headTooLong
    /// The body has more bytes than are taken.
    case bodyTooLong
    /// It asks to go on with another protocol.
    case upgrade

    /// What was wrong.
    public var description: String {
        switch self {
        case .malformed(let words): "no HTTP: \(words)"
        case .headTooLong: "a head of more bytes or fields than are taken"
        case .bodyTooLong: "a body of more bytes than are taken"
        case .upgrade: "another protocol was asked for"
        }
    }

    /// The status that tells the peer.
    var status: Int {
        switch self {
        case .malformed: 400
        case .headTooLong: 431
        case .bodyTooLong: 413
        case .upgrade: 501
        }
    }
}
