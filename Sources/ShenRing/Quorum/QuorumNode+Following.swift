import StateMachines

// How a follower takes a leader's entries (paper §5.3), and applies what is committed.
extension QuorumNode {
    /// Takes entries, or keeps them until those have come that precede them: messages that follow
    /// each other without waiting may overtake each other.
    mutating func take(
        _ append: QuorumMessage.Append, from sender: QuorumMember, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        // Before the logs agree the leader asks where they do, and waits for the answer.
        if hasAgreed, append.previousIndex > log.lastIndex, !append.entries.isEmpty,
            !has(.skipsMatching), early.keep(append, most: settings.window)
        {
            return
        }
        takeNow(append, from: sender, at: now, into: &effects)
        while let next = early.removeFirst(reachedBy: log.lastIndex) {
            takeNow(next, from: sender, at: now, into: &effects)
        }
    }

    /// Takes entries where what precedes them agrees; what contradicts them goes.
    private mutating func takeNow(
        _ append: QuorumMessage.Append, from sender: QuorumMember, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        var (previous, skipped) = (append.previousIndex, 0)
        if previous < log.base.index {
            // These are in the snapshot: committed, so they agree.
            skipped = min(append.entries.count, Int(clamping: log.base.index - previous))
            previous += UInt64(skipped)
        } else if !precedes(append) {
            return refuse(append, from: sender, into: &effects)
        }
        let known = previous
        while skipped < append.entries.count,
            log.term(at: previous + 1) == append.entries[skipped].term
        {
            (previous, skipped) = (previous + 1, skipped + 1)
        }
        let last = append.previousIndex + UInt64(append.entries.count)
        if skipped < append.entries.count || has(.truncatesAlways) && last < log.lastIndex {
            guard previous >= log.commit || skipped == append.entries.count else {
                return ignored.impossible += 1
            }
            write(append.entries[skipped...], after: max(previous, log.commit), into: &effects)
        }
        verified = max(verified, known, last)
        hasAgreed = true
        let agreed = has(.commitsUnmatched) ? log.lastIndex : min(verified, log.lastIndex)
        apply(through: min(append.commit, agreed), at: now, into: &effects)
        if skipped < append.entries.count {
            owesAnswer = true
            if has(.acknowledgesBeforeStored) { answerLeader(into: &effects) }
        } else {
            answerLeader(into: &effects)
        }
    }

    /// Whether the log has what precedes the entries.
    private func precedes(_ append: QuorumMessage.Append) -> Bool {
        if has(.skipsMatching) { return append.previousIndex <= log.lastIndex }
        return log.term(at: append.previousIndex) == append.previousTerm
    }

    private mutating func refuse(
        _ append: QuorumMessage.Append, from sender: QuorumMember,
        into effects: inout Effects<Self>
    ) {
        let hint =
            log.lastPlace(
                notAfter: min(append.previousIndex, log.lastIndex), termAtMost: append.previousTerm)
            ?? log.base
        let refusal = QuorumMessage.Unmatched(
            previousIndex: append.previousIndex, hintIndex: hint.index, hintTerm: hint.term,
            round: heardRound)
        send(.unmatched(refusal), to: sender, after: promisePosition, into: &effects)
    }

    /// Puts entries after a place, in place of what follows it.
    private mutating func write(
        _ entries: ArraySlice<QuorumEntry>, after index: UInt64, into effects: inout Effects<Self>
    ) {
        let before = log.membershipIndex
        if index < log.lastIndex {
            log.truncate(from: index + 1)
            durable.truncated(after: index)
            verified = min(verified, index)
            effects.store(.truncate(from: index + 1))
        }
        for entry in entries { log.append(entry) }
        let position = effects.store(.append(first: index + 1, Array(entries)))
        durable.wrote(through: log.lastIndex, at: position)
        if log.membershipIndex != before {
            effects.report(.membership(log.membership, index: log.membershipIndex))
        }
    }

    /// Tells the leader how far the log is its own and durable, and which round was heard; again
    /// when more is durable. Waits for the disk to know the term.
    mutating func answerLeader(into effects: inout Effects<Self>) {
        owesAnswer = true
        guard promisePosition <= storedPosition, let leaderMember, role == .follower else { return }
        let matched = has(.acknowledgesBeforeStored) ? verified : min(verified, durable.last)
        send(.appended(matched: matched, round: heardRound), to: leaderMember, into: &effects)
        owesAnswer = matched < verified
    }

    /// Commits and applies up to a place, in order.
    mutating func apply(
        through index: UInt64, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard index > log.commit else { return }
        log.commit(through: index)
        while keyed.applied < index { applyNext(into: &effects) }
        answerAppliedReads(into: &effects)
        if !keepsEntries, let rule = settings.compaction, compactionDue.isReached(rule) {
            compact(application: [], into: &effects)
        }
    }

    private mutating func applyNext(into effects: inout Effects<Self>) {
        let index = keyed.applied + 1
        let entry = log[index]
        compactionDue.applied(bytes: entry.size)
        if case .request(let request) = entry.payload, keyed.admits(request) {
            let outcome = keyed.apply(request, at: index)
            if role == .leader {
                leading.underWay.remove(request.id)
                answer(request, outcome, into: &effects)
            }
        } else {
            keyed.skip(to: index)
        }
        if role == .leader { leading.uncommittedBytes -= entry.size }
        effects.report(.committed(index: index, entry))
    }
}
