import Network

/// The parser of requests, as the server of the suite's own loop has it.
enum FuzzedRequests: FuzzedReader {
    static func read(_ input: [UInt8]) { FuzzedHTTP.read(input, .requests) }
    static func takes(_ input: [UInt8]) -> Bool { FuzzedHTTP.takes(input, .requests) }

    static func seeds() -> [[UInt8]] {
        [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "PUT /key?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;name=value\r\nhello\r\n0\r\nTrailer: t\r\n\r\n"
                + "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n",
        ].map { [0] + Array($0.utf8) }
    }
}

/// The parser of responses, as the client has it.
enum FuzzedResponses: FuzzedReader {
    static func read(_ input: [UInt8]) { FuzzedHTTP.read(input, .responses) }
    static func takes(_ input: [UInt8]) -> Bool { FuzzedHTTP.takes(input, .responses) }

    static func seeds() -> [[UInt8]] {
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
        ].map { [0] + Array($0.utf8) }
    }
}

/// What holds of either. The first byte of an input says in pieces of how many bytes the rest comes.
///
/// However a stream is cut, the same messages come of it, none of them larger than the limits, and it is
/// refused or not.
private enum FuzzedHTTP {
    private static let limits = HTTPLimits(head: 512, fields: 8, body: 1024)

    private struct Outcome: Equatable {
        var messages: [HTTPParser.Message] = []
        var isRefused = false
        var isInside = false
    }

    static func read(_ input: [UInt8], _ side: HTTPParser.Side) {
        guard let first = input.first else { return }
        let stream = Array(input.dropFirst())
        let whole = outcome(of: stream, side, inPieces: max(1, stream.count))
        let pieces = outcome(of: stream, side, inPieces: Int(first) + 1)
        hold(pieces == whole, "in pieces of \(Int(first) + 1): \(pieces), not \(whole)")
        for message in whole.messages {
            hold(message.body.count <= limits.body, "a body of \(message.body.count) bytes")
            hold(
                message.fields.count <= limits.fields, "a head of \(message.fields.count) fields")
        }
    }

    static func takes(_ input: [UInt8], _ side: HTTPParser.Side) -> Bool {
        let outcome = outcome(of: Array(input.dropFirst()), side, inPieces: 1)
        return !outcome.isRefused && !outcome.isInside && !outcome.messages.isEmpty
    }

    private static func outcome(
        of stream: [UInt8], _ side: HTTPParser.Side, inPieces size: Int
    ) -> Outcome {
        let parser = HTTPParser(side, limits: limits)
        var outcome = Outcome()
        do throws(HTTPError) {
            for start in stride(from: 0, to: stream.count, by: size) {
                let end = min(stream.count, start + size)
                try parser.feed(stream.span.extracting(start..<end))
                while let message = parser.takeMessage() { outcome.messages.append(message) }
            }
            outcome.isInside = parser.isInside
        } catch {
            outcome.isRefused = true
            while let message = parser.takeMessage() { outcome.messages.append(message) }
        }
        return outcome
    }
}
