public import Randomness
public import StateMachines

/// Keeps a node's view of the ring in step with the others': one node gives out versions, and they spread
/// like rumours.
///
/// - The writer makes each version from the one before it, one change after the other. It tells nobody
///   of a version before that is durable: after a crash it goes on above what anybody may know.
/// - Who gets a newer ring tells it to `fanout` others at once (push), and every `interval`, give or take a
///   quarter, compares stamps with as many (pull and push, so that whoever was away catches up). Source:
///   Demers et al., "Epidemic algorithms for replicated database maintenance", PODC 1987: rumour
///   mongering backed by anti-entropy.
/// - A change applies to the version right before it and no other; where one is missing, the node asks.
///
/// Who may write is decided elsewhere (a majority, an operator): two writers would give out the same
/// versions. Nodes notice by the stamps and report a conflict; each keeps what it has. A writer that
/// has lost its disk must not write until its first view is newer than every other's.
///
/// One step is linear in the members at most.
public struct AnkhNode: StateMachine {
    /// Stamps, changes and whole views.
    public typealias Message = AnkhMessage
    /// A view that the node took, whole: the last one counts.
    public typealias Record = RingView

    /// What is asked of the writer.
    public struct Request: Hashable, Sendable {
        /// The change; its version says for which ring it is meant: the one right before it.
        public let change: RingChange

        /// Asks for a change of the ring.
        public init(_ change: RingChange) { self.change = change }
    }

    /// What the application is told.
    public enum Event: Hashable, Sendable {
        /// The node has this view now: the one to publish to its threads.
        case adopted(RingView)
        /// The change that was asked for has made this version, and is durable.
        case published(RingVersion)
        /// A change was refused: nothing came of it.
        case refused(RingChange, Refusal)
        /// That node has another ring of the same version.
        case conflict(RingVersion, with: NodeID)
    }

    /// Why a change was refused.
    public enum Refusal: Hashable, Sendable {
        /// This node is not the one that gives out versions.
        case notWriter(NodeID)
        /// The change is for another ring than this one, which is the latest.
        case stale(RingVersion)
        /// It makes no ring.
        case invalid(RingError)
    }

    /// Messages that were ignored, by cause.
    public struct Ignored: Hashable, Sendable {
        /// Those of another cluster.
        public var foreign = 0
        /// Those of nodes that are none of the peers.
        public var strangers = 0
        /// Changes that make no ring of the one that they are for.
        public var invalid = 0
    }

    /// The ring that the node has.
    public private(set) var view: RingView { didSet { stamp = RingStamp(of: view) } }
    /// What it has ignored.
    public private(set) var ignored = Ignored()

    private let settings: AnkhSettings
    private var stamp: RingStamp
    private var generator: Xoshiro256StarStar
    /// The changes that led to `view`, without a gap; the last makes its version.
    private var history: [RingChange] = []
    /// Changes that are not durable yet, and the views that they make.
    private var pending: [Pending] = []
    private var exchange = Moment(nanoseconds: 0)

    private struct Pending {
        let position: RecordPosition
        let change: RingChange
        let view: RingView
    }

    /// The node in one of its lives.
    ///
    /// - Parameter recovered: what its disk holds.
    public init(_ settings: AnkhSettings, recovered: [RingView], seed: Seed) {
        self.settings = settings
        generator = seed.generator()
        var view = settings.first
        if let last = recovered.last, last.version > view.version { view = last }
        self.view = view
        stamp = RingStamp(of: view)
    }

    /// When it compares its ring with others' again.
    public var deadline: Moment? { settings.peers.isEmpty ? nil : exchange }

    /// Tells which ring it has, and compares it soon.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        effects.report(.adopted(view))
        // Soon, for it may have been away; not all at once, for they may all have been.
        exchange = now + settings.interval.scaled(by: generator.nextUnit())
    }

    /// Compares its ring with others'.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        exchange = now + settings.interval.scaled(by: 0.75 + generator.nextUnit() / 2)
        for peer in draw() { send(.stamp(stamp), to: peer, into: &effects) }
    }

    /// Makes the next version durable, if this is the writer and the change is for the latest ring.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        let latest = pending.last?.view ?? view
        guard settings.node == settings.writer else {
            effects.report(.refused(request.change, .notWriter(settings.writer)))
            return
        }
        guard request.change.version == latest.version.next else {
            effects.report(.refused(request.change, .stale(latest.version)))
            return
        }
        do throws(RingError) {
            let next = try latest.proposing(request.change)
            let position = effects.store(next)
            pending.append(Pending(position: position, change: request.change, view: next))
            if settings.has(.versionToldBeforeDurable) { publish(through: position, &effects) }
        } catch {
            effects.report(.refused(request.change, .invalid(error)))
        }
    }

    /// Adopts the versions that have become durable, and tells others.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        publish(through: position, &effects)
    }

    /// Adopts the versions that have become durable.
    private mutating func publish(through position: RecordPosition, _ effects: inout Effects<Self>)
    {
        while let first = pending.first, first.position <= position {
            pending.removeFirst()
            guard first.view.version > view.version else {
                // Another writer was faster, which there must not be.
                effects.report(.refused(first.change, .stale(view.version)))
                continue
            }
            take(first.view, by: [first.change], into: &effects)
            effects.report(.published(first.view.version))
        }
    }
}

extension AnkhNode {
    /// Takes what is newer, and answers who has what is older.
    public mutating func receive(
        _ message: AnkhMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard message.cluster == settings.cluster else { return ignored.foreign += 1 }
        guard sender == settings.node || settings.peers.contains(sender) else {
            return ignored.strangers += 1
        }
        switch message.content {
        case .stamp(let stamp): compare(stamp, of: sender, into: &effects)
        case .changes(let changes): apply(changes, of: sender, into: &effects)
        case .view(let newer):
            if newer.version > view.version || settings.has(.olderViewAdopted) {
                adopt(newer, by: [], into: &effects)
            } else {
                check(RingStamp(of: newer), of: sender, into: &effects)
            }
        }
    }

    private mutating func compare(
        _ stamp: RingStamp, of sender: NodeID, into effects: inout Effects<Self>
    ) {
        if stamp.version > view.version {
            send(.stamp(stamp), to: sender, into: &effects)
        } else if stamp.version < view.version {
            let missed = history.suffix(while: { $0.version > stamp.version })
            // Where the oldest that is kept is not the next one, changes are missing in between.
            if missed.first?.version == stamp.version.next {
                send(.changes(Array(missed)), to: sender, into: &effects)
            } else {
                send(.view(view), to: sender, into: &effects)
            }
        } else {
            check(stamp, of: sender, into: &effects)
        }
    }

    /// Reports a ring of this version that is another.
    private func check(
        _ stamp: RingStamp, of sender: NodeID, into effects: inout Effects<Self>
    ) {
        guard stamp.version == self.stamp.version, stamp != self.stamp else { return }
        effects.report(.conflict(view.version, with: sender))
    }

    private mutating func apply(
        _ changes: [RingChange], of sender: NodeID, into effects: inout Effects<Self>
    ) {
        var (newer, applied) = (view, [RingChange]())
        do throws(RingError) {
            for change in changes where change.version > newer.version {
                if change.version == newer.version.next || settings.has(.changeAppliedToAnyView) {
                    newer = try newer.applyingToAny(change)
                    applied.append(change)
                } else {
                    // Something between is missing; what was applied so far holds.
                    send(.stamp(RingStamp(of: newer)), to: sender, into: &effects)
                    break
                }
                if settings.has(.incompleteViewAdopted), let last = changes.last {
                    newer = RingView(
                        version: last.version, ordered: newer.members,
                        virtualNodes: newer.virtualNodes)
                }
            }
        } catch {
            // Another writer's change, or a broken one: nothing of this message is taken.
            ignored.invalid += 1
            return
        }
        if newer.version > view.version { adopt(newer, by: applied, into: &effects) }
    }

    /// Takes a ring that another node told of.
    private mutating func adopt(
        _ newer: RingView, by changes: [RingChange], into effects: inout Effects<Self>
    ) {
        // Nobody relies on it being durable: it is at the writer.
        effects.store(newer)
        take(newer, by: changes, into: &effects)
    }

    /// Has a newer ring from now on, and tells others.
    private mutating func take(
        _ newer: RingView, by changes: [RingChange], into effects: inout Effects<Self>
    ) {
        view = newer
        if changes.isEmpty { history = [] } else { history += changes }
        history.removeFirst(max(0, history.count - settings.history))
        effects.report(.adopted(view))
        for peer in draw() {
            let news: AnkhMessage.Content =
                changes.isEmpty ? .stamp(stamp) : .changes(changes)
            send(news, to: peer, into: &effects)
        }
    }

    private func send(
        _ content: AnkhMessage.Content, to peer: NodeID, into effects: inout Effects<Self>
    ) {
        effects.send(AnkhMessage(cluster: settings.cluster, content), to: peer)
    }

    /// Peers to talk to: `fanout` different ones, or all where there are fewer.
    private mutating func draw() -> [NodeID] {
        guard settings.peers.count > settings.fanout else { return settings.peers }
        var drawn: [NodeID] = []
        while drawn.count < settings.fanout {
            let peer = settings.peers[Int(generator.next(below: UInt64(settings.peers.count)))]
            if !drawn.contains(peer) { drawn.append(peer) }
        }
        return drawn
    }
}

extension Array {
    /// The elements at its end that `belongs` says belong there.
    fileprivate func suffix(while belongs: (Element) -> Bool) -> ArraySlice<Element> {
        var start = endIndex
        while start > startIndex, belongs(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
