import Randomness
import StateMachines

/// What one end of a connection has said and the other end has not heard yet: in order, each piece with
/// the time at which it comes.
///
/// What TCP makes of a network that loses segments is modelled, not the segments themselves: the first
/// piece that is late holds up all behind it.
/// - A lost segment is repeated a round trip after the third segment behind it has come (fast
///   retransmit, RFC 5681, section 3.2), or a timeout after it left, whichever is first. The timeout is
///   a round trip and `leastTimeout`, and twice as long each time that the repetition is lost as well
///   (RFC 6298, section 5).
/// - While a link is cut nothing comes. After that, the first piece that waits is repeated at the next
///   of its timeouts, which have grown for as long as the cut lasted.
///
/// Deviations: congestion windows are not modelled, nor the loss of acknowledgements, nor selective
/// ones; a lone segment at the end of what is said is repeated by a timeout alone, without a tail loss
/// probe.
struct DelayLine {
    /// What comes.
    enum Content: Hashable {
        /// The wish to be connected.
        case begin
        case bytes([UInt8])
        /// Nothing more comes.
        case end

        /// How many bytes it is.
        var count: Int { if case .bytes(let bytes) = self { bytes.count } else { 0 } }
    }

    private struct Piece {
        var content: Content
        /// When it left.
        let departure: Moment
        var due: Moment
        /// Of one that has a lost segment: how many segments have followed it.
        var followers: Int?
    }

    /// Bytes of a segment over Ethernet, with timestamps.
    static let segment = 1448
    /// Linux's shortest retransmission timeout, beside the round trip.
    static let leastTimeout = Span.milliseconds(200)
    /// Linux's longest retransmission timeout.
    static let mostTimeout = Span.seconds(120)
    /// How many segments behind a lost one have it repeated.
    private static let duplicates = 3
    /// How often in a row a segment is lost at most.
    private static let mostLosses = 8

    private var pieces: [Piece] = []
    /// Where the first one stands; those before it have come.
    private var head = 0
    /// When the last one before the first was due: nothing comes before it.
    private var reached = Moment(nanoseconds: .min)
    /// Bytes under way.
    private(set) var byteCount = 0
    /// Segments that were lost.
    private(set) var lost: UInt64 = 0
    private var generator: Xoshiro256StarStar

    /// A line whose chance is drawn from `seed`.
    init(seed: Seed) { generator = seed.generator() }

    /// Whether nothing is under way.
    var isEmpty: Bool { head == pieces.count }

    /// When the first piece comes; nil where there is none.
    var due: Moment? { isEmpty ? nil : max(pieces[head].due, reached) }

    /// The first piece and when it was due, where it is by `now`.
    func first(by now: Moment) -> (content: Content, due: Moment)? {
        guard let due, due <= now else { return nil }
        return (pieces[head].content, due)
    }

    /// Notes that the first piece has come. O(1) amortised.
    mutating func removeFirst() {
        byteCount -= pieces[head].content.count
        reached = max(reached, pieces[head].due)
        // Its bytes go now, its place later.
        pieces[head].content = .end
        head += 1
        guard head >= 32, 2 * head >= pieces.count else { return }
        pieces.removeFirst(head)
        head = 0
    }

    /// Notes that the receiver could take nothing until now.
    mutating func hold(until now: Moment) { reached = max(reached, now) }

    /// Forgets all that is under way.
    mutating func removeAll() {
        pieces = []
        head = 0
        byteCount = 0
    }

    /// Puts a piece behind those that are under way. O(segments), and O(pieces) where some are lost.
    ///
    /// - Parameters:
    ///   - departure: when its last byte leaves.
    ///   - roundTrip: the time there and back.
    mutating func put(
        _ content: Content, departure: Moment, over link: LinkConditions, roundTrip: Span
    ) {
        let segments = max(1, (content.count + Self.segment - 1) / Self.segment)
        if link.loss > 0 { follow(by: segments, departure, link, roundTrip) }
        var piece = Piece(
            content: content, departure: departure,
            due: departure + link.delay + jitter(of: link))
        if link.loss > 0 { lose(from: &piece, segments, link, roundTrip) }
        byteCount += content.count
        pieces.append(piece)
    }

    private mutating func jitter(of link: LinkConditions) -> Span {
        guard link.jitter > .zero else { return .zero }
        let width = UInt64(2 * link.jitter.nanoseconds) + 1
        return Span(nanoseconds: Int64(generator.next(below: width))) - link.jitter
    }

    /// Draws which segments of a piece are lost, and when it comes then.
    private mutating func lose(
        from piece: inout Piece, _ segments: Int, _ link: LinkConditions, _ roundTrip: Span
    ) {
        for segment in 0..<segments {
            var losses = 0
            while losses < Self.mostLosses, generator.nextUnit() < link.loss { losses += 1 }
            guard losses > 0 else { continue }
            lost += UInt64(losses)
            let followers = segments - 1 - segment
            let timeout = (Self.leastTimeout + roundTrip) * Int64((1 << losses) - 1)
            if losses == 1, followers >= Self.duplicates {
                piece.due = max(piece.due, piece.departure + roundTrip + link.delay)
            } else {
                piece.due = max(piece.due, piece.departure + timeout + link.delay)
                // Only a first loss is found by those that follow.
                piece.followers = losses == 1 ? followers : nil
            }
        }
    }

    /// Has lost segments repeated that enough others have followed.
    private mutating func follow(
        by segments: Int, _ departure: Moment, _ link: LinkConditions, _ roundTrip: Span
    ) {
        for place in head..<pieces.count {
            guard let followers = pieces[place].followers else { continue }
            pieces[place].followers = followers + segments
            guard followers + segments >= Self.duplicates else { continue }
            pieces[place].followers = nil
            pieces[place].due = min(pieces[place].due, departure + roundTrip + link.delay)
        }
    }

    /// Has what was held up by a cut come: the first piece at its next timeout, all others behind it.
    mutating func heal(
        cutSince cut: Moment, at now: Moment, over link: LinkConditions, roundTrip: Span
    ) {
        guard !isEmpty else { return }
        var timeout = Self.leastTimeout + roundTrip
        var repeated = max(cut, pieces[head].departure)
        while repeated < now {
            repeated = repeated + timeout
            timeout = min(timeout * 2, Self.mostTimeout)
        }
        pieces[head].due = max(pieces[head].due, repeated + link.delay)
    }
}
