import CHTTPParser

/// Finds HTTP/1.1 messages in a stream of bytes that comes in pieces, by Node.js's `http_parser`,
/// which has read the web's traffic for years: line ends, chunked bodies, and heads whose two
/// lengths disagree are its business. What a message may be is ours.
///
/// A reference at a fixed address, which the C library's structure points back to.
@safe package final class HTTPParser {
    /// What comes.
    package enum Side: Sendable {
        case requests
        case responses
    }

    /// A message, of which a request has a method and a target and a response has a status.
    package struct Message: Hashable, Sendable {
        var method = ""
        var target = ""
        var status = 0
        package internal(set) var fields: [HTTPField] = []
        package internal(set) var body: [UInt8] = []
        /// Whether more may follow on the connection.
        var keepsAlive = false
    }

    let limits: HTTPLimits
    /// Whole messages, in order, of which the first `taken` were taken.
    private var messages: [Message] = []
    private var taken = 0
    /// Whether the head of a request that waits for leave to send its body has come.
    private(set) var isAwaitingLeave = false
    /// Whether a message has begun and is not whole.
    package private(set) var isInside = false

    private let parser: UnsafeMutablePointer<http_parser>
    private let side: Side
    private var failure: HTTPError?
    private var current = Message()
    private var name: [UInt8] = []
    private var value: [UInt8] = []
    private var target: [UInt8] = []
    private var isInValue = false
    private var headBytes = 0
    /// Of requests on their way, whether each was one for the head alone.
    var awaitsHeadOnly: [Bool] = []

    package init(_ side: Side, limits: HTTPLimits) {
        self.limits = limits
        self.side = side
        unsafe parser = .allocate(capacity: 1)
        unsafe http_parser_init(parser, side == .requests ? HTTP_REQUEST : HTTP_RESPONSE)
        // SAFETY: this object outlives the structure, which is used in its methods alone.
        unsafe parser.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit { unsafe parser.deallocate() }

    /// Takes the next piece of the stream; whole messages are added to those that are there. After
    /// an error the parser is of no more use.
    package func feed(_ piece: Bytes) throws(HTTPError) {
        if let failure { throw failure }
        var settings = HTTPParser.settings
        // SAFETY: the piece is borrowed for the call, and the library keeps no pointer into it.
        let count = unsafe piece.withUnsafeBytes { bytes in
            unsafe http_parser_execute(
                parser, &settings, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                bytes.count)
        }
        if let failure { throw failure }
        if unsafe parser.pointee.upgrade != 0 { throw fail(.upgrade) }
        let number = unsafe http_errno(UInt32(parser.pointee.http_errno))
        guard number == HPE_OK, count == piece.count else {
            // Bytes behind the last message of a connection are nobody's.
            if number == HPE_CLOSED_CONNECTION { return }
            // SAFETY: the library's descriptions are constants.
            let words = unsafe http_errno_description(number).map { unsafe String(cString: $0) }
            throw fail(.malformed(words ?? "error \(number.rawValue)"))
        }
    }

    /// Says that the stream has ended, which ends a response without a length.
    func finish() throws(HTTPError) {
        let nothing: [UInt8] = []
        try feed(nothing.span)
    }

    /// Takes the first of the whole messages.
    package func takeMessage() -> Message? {
        guard taken < messages.count else {
            // All at once: moving the rest up for each would cost the square of their number.
            messages.removeAll(keepingCapacity: taken <= 64)
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return messages[taken]
    }

    /// Notes that leave to send a body was given.
    func noteLeave() { isAwaitingLeave = false }

    private func fail(_ error: HTTPError) -> HTTPError {
        failure = error
        return error
    }

    // What the library calls; each answers whether to go on.

    fileprivate func began() -> Int32 {
        current = Message()
        target.removeAll(keepingCapacity: true)
        headBytes = 0
        isInValue = false
        isInside = true
        return 0
    }

    fileprivate func addTarget(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        unsafe target.append(contentsOf: bytes)
        return count(bytes.count)
    }

    fileprivate func addName(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        if isInValue { endField() }
        unsafe name.append(contentsOf: bytes)
        return count(bytes.count)
    }

    fileprivate func addValue(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        isInValue = true
        unsafe value.append(contentsOf: bytes)
        return count(bytes.count)
    }

    private func endField() {
        // The library leaves the blanks behind a value where they are (RFC 9110, 5.5).
        while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
        current.fields.append(
            HTTPField(
                parsed: String(decoding: name, as: UTF8.self),
                String(decoding: value, as: UTF8.self)))
        name.removeAll(keepingCapacity: true)
        value.removeAll(keepingCapacity: true)
        isInValue = false
    }

    /// Counts bytes of the head, and refuses one that is too long.
    private func count(_ bytes: Int) -> Int32 {
        headBytes += bytes
        guard headBytes <= limits.head, current.fields.count <= limits.fields else {
            failure = .headTooLong
            return -1
        }
        return 0
    }

    fileprivate func endedHead() -> Int32 {
        if isInValue { endField() }
        guard current.fields.count <= limits.fields else {
            failure = .headTooLong
            return -1
        }
        current.target = String(decoding: target, as: UTF8.self)
        // The largest number stands for a length that was not given.
        let length = unsafe parser.pointee.content_length
        if length != .max, length > UInt64(limits.body) {
            failure = .bodyTooLong
            return -1
        }
        switch side {
        case .requests:
            let method = unsafe http_method(UInt32(parser.pointee.method))
            // SAFETY: the library's names are constants.
            current.method = unsafe String(cString: http_method_str(method))
            isAwaitingLeave =
                length != .max && length > 0 && current.fields["Expect"] == "100-continue"
            return 0
        case .responses:
            current.status = unsafe Int(parser.pointee.status_code)
            // 1 says that no body follows, whatever length is named.
            let isFinal = current.status >= 200
            return isFinal && awaitsHeadOnly.first == true ? 1 : 0
        }
    }

    fileprivate func addBody(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard current.body.count + bytes.count <= limits.body else {
            failure = .bodyTooLong
            return -1
        }
        unsafe current.body.append(contentsOf: bytes)
        return 0
    }

    fileprivate func ended() -> Int32 {
        isInside = false
        isAwaitingLeave = false
        current.keepsAlive = unsafe http_should_keep_alive(parser) != 0
        // What only says that more is to come is no answer.
        if side == .responses, current.status < 200 { return 0 }
        if side == .responses, !awaitsHeadOnly.isEmpty { awaitsHeadOnly.removeFirst() }
        messages.append(current)
        return 0
    }
}

extension HTTPParser {
    /// The object that a structure points back to.
    private static func owner(_ parser: UnsafeMutablePointer<http_parser>?) -> HTTPParser? {
        // SAFETY: `data` was set to the object, which is in a method of its own now.
        unsafe parser?.pointee.data.map {
            unsafe Unmanaged<HTTPParser>.fromOpaque($0).takeUnretainedValue()
        }
    }

    /// What the library calls for what it finds.
    private static var settings: http_parser_settings {
        var settings = http_parser_settings()
        unsafe settings.on_message_begin = { unsafe HTTPParser.owner($0)?.began() ?? -1 }
        unsafe settings.on_url = { parser, at, count in
            unsafe HTTPParser.owner(parser)?.addTarget(.init(start: at, count: count)) ?? -1
        }
        unsafe settings.on_header_field = { parser, at, count in
            unsafe HTTPParser.owner(parser)?.addName(.init(start: at, count: count)) ?? -1
        }
        unsafe settings.on_header_value = { parser, at, count in
            unsafe HTTPParser.owner(parser)?.addValue(.init(start: at, count: count)) ?? -1
        }
        unsafe settings.on_headers_complete = { unsafe HTTPParser.owner($0)?.endedHead() ?? -1 }
        unsafe settings.on_body = { parser, at, count in
            unsafe HTTPParser.owner(parser)?.addBody(.init(start: at, count: count)) ?? -1
        }
        unsafe settings.on_message_complete = { unsafe HTTPParser.owner($0)?.ended() ?? -1 }
        return settings
    }
}
