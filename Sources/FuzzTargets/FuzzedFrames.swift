import Network

/// The decoder of frames. The first byte of the input says in pieces of how many bytes the rest of it comes.
///
/// However a stream is cut, and whether or not whoever takes the frames wants a rest after each, the same
/// frames come of it, and the same error behind them.
enum FuzzedFrames: FuzzedReader {
    private static let limits = FrameLimits(maximumPayload: 4096)
    private static let cluster = ClusterTag(7)

    private struct Outcome: Equatable {
        var frames: [(header: FrameHeader, payload: [UInt8])] = []
        var error: FrameError?
        var pending = 0

        static func == (left: Outcome, right: Outcome) -> Bool {
            left.frames.elementsEqual(right.frames) { $0 == $1 } && left.error == right.error
                && left.pending == right.pending
        }
    }

    static func read(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let stream = Array(input.dropFirst())
        let whole = outcome(of: stream, inPieces: max(1, stream.count), resting: false)
        for isResting in [false, true] {
            let pieces = outcome(of: stream, inPieces: Int(first) + 1, resting: isResting)
            hold(pieces == whole, "in pieces of \(Int(first) + 1): \(pieces), not \(whole)")
        }
    }

    static func takes(_ input: [UInt8]) -> Bool {
        let outcome = outcome(of: Array(input.dropFirst()), inPieces: 3, resting: false)
        return outcome.error == nil && outcome.pending == 0 && !outcome.frames.isEmpty
    }

    static func seeds() -> [[UInt8]] {
        let empty: [UInt8] = []
        let text = Array("a frame with a payload".utf8)
        let one = FrameHeader.frame(kind: 1, flags: 2, correlation: 3, text.span, for: cluster)
        let none = FrameHeader.frame(kind: 0, empty.span, for: cluster)
        return [[0] + one, [31] + none + one, [255] + one + one + none]
    }

    private static func outcome(of stream: [UInt8], inPieces size: Int, resting: Bool) -> Outcome {
        var decoder = FrameDecoder(limits: limits, cluster: cluster)
        var outcome = Outcome()
        var place = 0
        while place < stream.count {
            let end = min(stream.count, place + size)
            do throws(FrameError) {
                place += try decoder.decode(stream.span.extracting(place..<end)) {
                    header, payload in
                    outcome.frames.append((header, payload.indices.map { payload[$0] }))
                    return resting ? .noMore : .more
                }
            } catch {
                (outcome.error, outcome.pending) = (error, 0)
                return outcome
            }
            outcome.pending = decoder.pending
        }
        return outcome
    }
}
