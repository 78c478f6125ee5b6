import StateMachines

/// A state in place of entries that the tail no longer has, in parts: a message is bounded, a state is not.
extension ChainReplica {
    /// Begins to give the joiner the state, where the log no longer reaches back to what it has. What is
    /// committed meanwhile stays in the log until it has that.
    mutating func beginImage(at now: Moment, _ effects: inout Effects<ChainNode>) {
        guard var link, link.image == nil, let epoch = log.epoch(at: committed) else { return }
        link.image = DepartingImage(
            applied: committed, lastEpoch: epoch, bytes: state.image)
        link.sent = committed
        link.askAt = now + settings.resend
        self.link = link
        sendPart(&effects)
    }

    /// Sends the part that follows on what the joiner has said it has.
    func sendPart(_ effects: inout Effects<ChainNode>) {
        guard let link, let image = link.image else { return }
        let end = min(image.bytes.count, image.received + settings.imagePartBytes)
        let part = ChainImagePart(
            epoch: configuration.epoch, applied: image.applied, lastEpoch: image.lastEpoch,
            total: image.bytes.count, offset: image.received,
            bytes: Array(image.bytes[image.received..<end]))
        effects.send(message(.image(part)), to: link.successor.node)
    }

    /// The joiner says how many bytes it has; the next part follows.
    mutating func takeReceipt(
        ofImage applied: UInt64, count: Int, at now: Moment, _ ignored: inout ChainNode.Ignored,
        _ effects: inout Effects<ChainNode>
    ) {
        guard let image = link?.image, image.applied == applied else { return }
        guard count >= 0, count < image.bytes.count else { return ignored.malformed += 1 }
        link?.silentSince = nil
        link?.askAt = now + settings.resend
        // Said twice, it asks for no second part.
        guard count != image.received else { return }
        link?.image?.received = count
        sendPart(&effects)
    }

    /// Takes a part of the state that the tail sends, and becomes that state with the last one.
    mutating func take(
        _ part: ChainImagePart, at now: Moment, _ ignored: inout ChainNode.Ignored,
        _ effects: inout Effects<ChainNode>
    ) {
        // Said again, since the tail has not heard that what it stands for is here.
        guard !isAttached || part.applied > log.last else { return owesAnswer = true }
        guard part.applied > committed, part.total <= settings.imageBytes else {
            return ignored.malformed += 1
        }
        var image = arriving.flatMap { $0.isOf(part) ? $0 : nil } ?? ArrivingImage(of: part)
        arriving = nil
        image.add(part)
        guard image.bytes.count < image.total else {
            return install(image, at: now, &ignored, &effects)
        }
        if let upstream {
            let receipt = ChainMessage.Body.imageReceived(
                epoch: configuration.epoch, applied: image.applied, count: image.bytes.count)
            effects.send(message(receipt), to: upstream.node)
        }
        arriving = image
    }

    private mutating func install(
        _ image: ArrivingImage, at now: Moment, _ ignored: inout ChainNode.Ignored,
        _ effects: inout Effects<ChainNode>
    ) {
        do throws(ImageError) {
            let given = try KeyedState(image: image.bytes)
            guard given.applied == image.applied else { return ignored.malformed += 1 }
            log.reset(base: given.applied, epoch: image.lastEpoch)
            state = given
        } catch { return ignored.malformed += 1 }
        compactionDue = CompactionDue()
        disk.truncated(after: 0)
        dirty = [:]
        let record = ChainRecord.installed(state, epoch: image.lastEpoch)
        disk.wrote(through: committed, at: store(record, at: now, &effects))
        effects.report(.installed(through: committed))
        becomeAttached(at: now, &effects)
    }
}
