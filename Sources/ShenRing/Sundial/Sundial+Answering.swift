import StateMachines

extension Sundial {
    /// Does what a message asks for; says whether the sender got an answer that tells it what it must
    /// know of itself.
    mutating func answer(
        _ message: Message, to sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) -> Bool {
        switch message.body {
        case .ping(let sequence):
            send(.ack(sequence: sequence), to: sender, at: now, into: &effects)
            return true
        case .ack(let sequence): takeAck(sequence, at: now, into: &effects)
        case .nack(let sequence): takeNack(sequence)
        case .pingRequest(let sequence, let target):
            relay(sequence, of: target, for: sender, at: now, into: &effects)
        case .gossip(let fingerprint):
            guard let fingerprint, fingerprint != table.fingerprint, !rumors.isEmpty else {
                return false
            }
            send(.gossip(fingerprint: nil), to: sender, at: now, into: &effects)
            return true
        case .join: welcome(sender, at: now, into: &effects)
        case .digest(let digest): answer(digest, to: sender, at: now, into: &effects)
        case .part(let low, let high, let asks):
            if asks {
                improve(message.updates, low: low, high: high, for: sender, at: now, into: &effects)
            }
        case .table(let states, let heartbeats, let asks):
            takeTable(states, heartbeats, from: sender, at: now, into: &effects)
            guard asks else { return false }
            sendTable(to: sender, asks: false, at: now, into: &effects)
            return true
        case .correction, .welcome: break
        }
        return false
    }

    /// Tells a joiner all that is known, in pieces.
    private mutating func welcome(
        _ joiner: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        let known = (0..<table.places).map(NodeID.init(place:)).filter { table[$0].isKnown }
        for start in stride(from: 0, to: known.count, by: SundialMessage.mostUpdates) {
            let piece = known[start..<min(known.count, start + SundialMessage.mostUpdates)]
            send(
                .welcome, to: joiner, updates: piece.map { update(of: $0, at: now) },
                withNews: false, at: now, into: &effects)
        }
    }
}

extension Sundial {
    /// Asks a node to compare tables.
    mutating func compare(
        with partner: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        if settings.countsHeartbeats {
            sendTable(to: partner, at: now, into: &effects)
        } else {
            send(.digest(TableDigest(of: table)), to: partner, at: now, into: &effects)
        }
    }

    /// Whether this round is one of those in which tables are compared; nodes take turns.
    var isTimeToCompare: Bool {
        settings.comparison > 0 && !settings.countsHeartbeats
            && rounds % settings.comparison == node.place % settings.comparison
    }

    /// Goes on where tables differ: with finer digests, or with what stands there. At most `mostPieces`
    /// messages, none of which is larger than a leaf.
    private mutating func answer(
        _ digest: TableDigest, to sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        if digest.isWhole, Int(digest.high) < TableDigest.span(of: table).upperBound {
            send(.digest(TableDigest(of: table)), to: sender, at: now, into: &effects)
            return
        }
        for piece in digest.differing(from: table) {
            if piece.count > TableDigest.leaf {
                send(
                    .digest(TableDigest(of: piece, in: table)), to: sender, withNews: false,
                    at: now, into: &effects)
            } else {
                sendPart(piece, asks: true, to: sender, at: now, into: &effects)
            }
        }
    }

    private mutating func sendPart(
        _ piece: Range<Int>, asks: Bool, to receiver: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        var known: [MemberUpdate] = []
        known.reserveCapacity(piece.count)
        for member in piece.lazy.map(NodeID.init(place:)) where table[member].isKnown {
            known.append(update(of: member, at: now))
        }
        send(
            .part(low: UInt32(piece.lowerBound), high: UInt32(piece.upperBound), asks: asks),
            to: receiver, updates: known, withNews: false, at: now, into: &effects)
    }

    /// Sends back what is known better than it was said to be.
    private mutating func improve(
        _ updates: [MemberUpdate], low: UInt32, high: UInt32, for sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        var better: [MemberUpdate] = []
        for place in low..<high {
            let member = NodeID(place)
            let said = updates.first { $0.member == member }?.state ?? .unknown
            if table[member] > said { better.append(update(of: member, at: now)) }
        }
        guard !better.isEmpty else { return }
        send(
            .part(low: low, high: high, asks: false), to: sender, updates: better, withNews: false,
            at: now, into: &effects)
    }
}
