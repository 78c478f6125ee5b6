import Randomness
import ShenRing
import Simulation
import StateMachines

/// Versions of the ring: who has which, what lookups say, and what changes next.
extension RingWorld {
    mutating func hear(_ event: AnkhNode.Event, of node: NodeID) {
        switch event {
        case .adopted(let view):
            if node == RingWorld.writer { giveOut(view) }
            publish(view, at: node)
        case .published:
            report.operations += 1
        case .refused(_, .stale), .refused(_, .notWriter):
            // The load asks by what it knows, which may be of before a crash.
            break
        case .refused(let change, .invalid(let error)):
            violate("\(change) was refused: \(error)")
        case .conflict(let version, let other):
            violate("\(node) and \(other) have different rings of \(version)")
        }
    }

    /// The writer has a version, its own or one that it had before a crash.
    private mutating func giveOut(_ view: RingView) {
        if let known = oracles[view.version] {
            if known.view != view { violate("\(view.version) was given out for two rings") }
            return
        }
        let oracle = RingOracle(view)
        oracles[view.version] = oracle
        guard view.version > latest.view.version else { return }
        checkChange(to: oracle)
        latest = oracle
        data.aim(at: oracle)
        shards.move(to: view)
        for violation in data.violations + shards.violations { violate(violation) }
    }

    /// A change moves keys from and to those that it names, and no others.
    private mutating func checkChange(to oracle: RingOracle) {
        let view = oracle.view
        let change = latest.view.change(to: view)
        let named = change.leaving + (change.joining + change.reweighted).map(\.name)
        do throws(RingError) {
            let old = try VersionedRing(latest.view, placement: placement)
            let new = try old.advanced(to: view)
            let ranges = old.ring.movedRanges(to: new.ring)
            for range in ranges {
                let from = old.view.members[Int(range.from)].name
                let to = view.members[Int(range.to)].name
                if !named.contains(from), !named.contains(to) {
                    violate("\(view.version) moves \(range.arc) from \(from) to \(to)")
                }
            }
            for probe in RingOracle.probes {
                let moves = oracle.owner(of: probe) != latest.owner(of: probe)
                if ranges.contains(where: { $0.arc.contains(probe) }) != moves {
                    violate("\(view.version) is wrong about whether \(probe) moves")
                    return
                }
            }
        } catch {
            violate("\(view.version) makes no ring: \(error)")
        }
    }

    /// A node has another view: its threads are to see that ring.
    private mutating func publish(_ view: RingView, at node: NodeID) {
        if view.version < newest[node.place] {
            violate("\(node) went back from \(newest[node.place]) to \(view.version)")
        }
        newest[node.place] = view.version
        do throws(RingError) {
            guard let ring = published[node.place] else {
                published[node.place] = try PublishedRing(view, placement: placement)
                return
            }
            switch try ring.adopt(view) {
            case .adopted(let before) where before < view.version: break
            case let outcome: violate("\(node) came to \(view.version): \(outcome)")
            }
        } catch {
            violate("\(node) could not make \(view.version): \(error)")
        }
    }

    /// A thread of some node looks keys up in the ring that the node has.
    mutating func lookUp() {
        let node = Int(generator.next(below: UInt64(RingScale.nodes)))
        guard let ring = published[node] else { return }
        var reader = ring.makeReader()
        let version = reader.read { $0.version }
        guard let oracle = oracles[version] else {
            violate("n\(node) has \(version), which was never given out")
            return
        }
        report.operations += 1
        for _ in 0..<2 {
            let place = Int(generator.next(below: UInt64(RingOracle.probes.count)))
            let hash = RingOracle.probes[place]
            let expected = oracle.replicas(of: hash, count: RingScale.replicas)
            let (owner, replicas) = reader.read { ring in
                let members = ring.ring.members
                let replicas = ring.ring.replicas(ofHash: hash, count: RingScale.replicas)
                return (
                    members[Int(ring.ring.owner(ofHash: hash))].name,
                    replicas.map { members[Int($0)].name }
                )
            }
            if owner != expected[0] || replicas != expected {
                violate(
                    "n\(node) has \(owner), \(replicas) for \(hash) at \(version), "
                        + "not \(expected)")
            }
        }
    }

    /// Asks the writer for another version.
    mutating func change() {
        let now = simulator.now
        nextChange = now + Span.milliseconds(40 + Int64(generator.next(below: 120)))
        guard let view = simulator[RingWorld.writer]?.view else { return }
        var leaving = data.lost.filter { view.index(of: $0) != nil }
        var (joining, reweighted): ([RingMember], [RingMember]) = ([], [])
        for _ in 0..<1 + generator.next(below: 3) {
            let name = RingScale.name(of: Int(generator.next(below: UInt64(RingScale.nodes))))
            let weight = 1 + Int(generator.next(below: 3))
            let isTaken =
                leaving.contains(name)
                || (joining + reweighted).contains { $0.name == name }
            if isTaken { continue }
            if view.index(of: name) == nil {
                joining.append(RingMember(name, weight: weight))
            } else if generator.next(below: 2) == 0 {
                reweighted.append(RingMember(name, weight: weight))
            } else if view.members.count - leaving.count > 2 {
                leaving.append(name)
            }
        }
        let change = RingChange(
            making: view.version.next, joining: joining, leaving: leaving, reweighted: reweighted)
        simulator.ask(AnkhNode.Request(change), of: RingWorld.writer)
        if generator.next(below: 4) == 0 { crashWriter() }
    }

    /// The writer crashes about when the version that it was asked for becomes durable.
    private mutating func crashWriter() {
        let crash = simulator.now + .microseconds(500 + Int64(generator.next(below: 12_000)))
        simulator.schedule(.crash(RingWorld.writer, disk: .tears), at: crash)
        simulator.schedule(.restart(RingWorld.writer), at: crash + .milliseconds(10))
    }
}
