import StateMachines

/// A snapshot that comes in parts.
struct ArrivingSnapshot: Sendable {
    let index: UInt64
    let term: UInt64
    let total: Int
    var bytes: [UInt8] = []
}

// Snapshots: made from what is applied, sent in parts to those who are too far behind (paper §7).
extension QuorumNode {
    /// Lets a snapshot stand for all that is applied.
    mutating func compact(application: [UInt8], into effects: inout Effects<Self>) {
        let index = keyed.applied
        guard index > log.snapshot?.index ?? 0, let term = log.term(at: index) else { return }
        let snapshot = QuorumSnapshot(
            index: index, term: term, membership: log.membership(at: index),
            state: keyed.image(withSessions: !has(.snapshotsWithoutSessions)),
            application: application)
        compactionDue = CompactionDue()
        let kept = settings.compaction?.kept(of: Int(index - log.base.index)) {
            log[index - UInt64($0)].size
        }
        log.compact(into: snapshot, keeping: kept ?? 0)
        effects.store(.snapshot(snapshot))
        effects.report(.compacted(through: index))
    }

    /// Begins to send a peer the last snapshot; the entries that it lacks are gone.
    mutating func beginSnapshot(to place: Int, into effects: inout Effects<Self>) {
        guard let snapshot = log.snapshot else {
            preconditionFailure("entries before \(log.base.index) are gone without a snapshot")
        }
        leading[place].probe(from: leading[place].match + 1)
        leading[place].mode = .installing
        leading[place].snapshot = (snapshot.index, snapshot.term, snapshot.image, 0)
        sendPart(to: place, into: &effects)
    }

    /// Sends a peer the next part; an empty one after the last, which it answers by what it has.
    mutating func sendPart(to place: Int, into effects: inout Effects<Self>) {
        guard let snapshot = leading[place].snapshot else { return }
        let end = min(
            snapshot.bytes.count, snapshot.received + settings.snapshotPartBytes)
        let part = QuorumMessage.SnapshotPart(
            index: snapshot.index, term: snapshot.term, total: snapshot.bytes.count,
            offset: snapshot.received, bytes: Array(snapshot.bytes[snapshot.received..<end]),
            round: leading.round)
        send(.snapshot(part), to: leading[place].member, into: &effects)
    }

    /// A peer says how many bytes it has; the next part follows. Where it has lost what it had, it
    /// gets that again.
    mutating func takeReceipt(
        ofSnapshot index: UInt64, count: Int, from place: Int, into effects: inout Effects<Self>
    ) {
        guard let snapshot = leading[place].snapshot, snapshot.index == index else { return }
        guard count >= 0, count <= snapshot.bytes.count else { return ignored.impossible += 1 }
        guard count != snapshot.received else { return }
        leading[place].snapshot?.received = count
        if count < snapshot.bytes.count { sendPart(to: place, into: &effects) }
    }

    /// Takes a part of a snapshot, and installs it with the last one.
    mutating func take(
        _ part: QuorumMessage.SnapshotPart, from sender: QuorumMember, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard part.index > log.commit || has(.installsOldSnapshots) else {
            // What is committed here is in the log of every later leader (paper §5.4.3).
            verified = max(verified, log.commit)
            return answerLeader(into: &effects)
        }
        let fresh = ArrivingSnapshot(index: part.index, term: part.term, total: part.total)
        var arriving = arriving ?? fresh
        if arriving.index != fresh.index || arriving.term != fresh.term
            || arriving.total != fresh.total
        {
            arriving = fresh
        }
        if part.offset == arriving.bytes.count, part.total <= settings.snapshotBytes,
            part.bytes.count <= part.total - arriving.bytes.count
        {
            arriving.bytes += part.bytes
        }
        if arriving.bytes.count == arriving.total {
            self.arriving = nil
            install(arriving, at: now, into: &effects)
        } else {
            let count = arriving.bytes.count
            self.arriving = arriving
            send(
                .snapshotReceived(index: part.index, count: count, round: heardRound), to: sender,
                after: promisePosition, into: &effects)
        }
    }

    private mutating func install(
        _ arrived: ArrivingSnapshot, at now: Moment, into effects: inout Effects<Self>
    ) {
        do throws(ImageError) {
            let snapshot = try QuorumSnapshot(image: arrived.bytes)
            let state = try KeyedState(image: snapshot.state)
            guard snapshot.index == arrived.index, snapshot.term == arrived.term,
                state.applied == arrived.index
            else { return ignored.impossible += 1 }
            if log.term(at: snapshot.index) == snapshot.term, !has(.installsOldSnapshots) {
                // The log has all that the snapshot stands for: that is committed.
                verified = max(verified, snapshot.index)
                apply(through: snapshot.index, at: now, into: &effects)
                return answerLeader(into: &effects)
            }
            durable.truncated(after: log.commit)
            log.reset(to: snapshot)
            keyed = state
            compactionDue = CompactionDue()
            verified = snapshot.index
            durable.wrote(through: snapshot.index, at: effects.store(.snapshot(snapshot)))
            owesAnswer = true
            effects.report(.installed(snapshot))
            effects.report(.membership(log.membership, index: log.membershipIndex))
            answerAppliedReads(into: &effects)
        } catch { ignored.impossible += 1 }
    }
}
