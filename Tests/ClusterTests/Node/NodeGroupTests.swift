import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import Cluster

/// Nodes that share a thread and a loop: each is what it would be by itself.
@Suite struct NodeGroupTests {
    /// Parrots from number 10 on that call others, and what they told.
    private final class Flock {
        let ids: [NodeID]
        let group: RunningNodeGroup<Parrot>
        let songs: [Signal<BirdSong>]

        init(_ count: Int, calling peers: [NodeID: Address]) throws {
            let ids = (0..<count).map { NodeID(place: 10 + $0) }
            let songs = ids.map { _ in Signal(BirdSong()) }
            self.ids = ids
            self.songs = songs
            group = try RunningNodeGroup(
                ids.map { id in
                    NodePlan<Parrot>(
                        options: NodeOptions(id: id, cluster: Bird.cluster, peers: peers),
                        seed: testSeed.derived(for: Int(id.rawValue)), make: { _ in Parrot() })
                }, applications: songs.map(BirdWatcher.init(song:)))
        }

        deinit {
            // A test that fails leaves them running.
            for member in group.members { member.stop() }
        }

        func awaitEach(_ what: String, _ condition: (Int, BirdSong) -> Bool) throws {
            for (place, song) in songs.enumerated() {
                try song.wait("\(what) at \(ids[place])") { condition(place, $0) }
            }
        }

        func heard(_ place: Int, from node: NodeID) -> [UInt64] {
            songs[place].change { $0.events }.compactMap {
                if case .heard(let number, node) = $0 { number } else { nil }
            }
        }
    }

    @Test func `each has connections of its own, and hears what is for it, in order`() throws {
        let birds = [try Bird(0), try Bird(1)]
        let peers = Dictionary(uniqueKeysWithValues: birds.map { ($0.id, $0.address) })
        let flock = try Flock(20, calling: peers)
        try flock.awaitEach("to reach both") { $1.reachable.count == 2 }
        for bird in birds {
            try bird.await("all of them to have said who they are") { song in
                flock.ids.allSatisfy(song.reachable.contains)
            }
        }
        for (place, member) in flock.group.members.enumerated() {
            for bird in birds {
                member.ask(.say(1...UInt64(place + 1), bytes: 10, to: bird.id))
                bird.say(
                    UInt64(100 * place)...UInt64(100 * place + 9), to: flock.ids[place])
            }
        }
        try flock.awaitEach("the last word of both") { place, song in
            birds.allSatisfy {
                song.events.contains(.heard(UInt64(100 * place + 9), from: $0.id))
            }
        }
        for (place, id) in flock.ids.enumerated() {
            for bird in birds {
                try bird.await(.heard(UInt64(place + 1), from: id))
                #expect(bird.heard(from: id) == Array(1...UInt64(place + 1)))
                let words = UInt64(100 * place)...UInt64(100 * place + 9)
                #expect(flock.heard(place, from: bird.id) == Array(words))
            }
        }
        for member in flock.group.members { member.stop() }
        try flock.group.wait()
        for bird in birds { try bird.stop() }
    }

    @Test func `each calls again whom it has lost, at times of its own`() throws {
        let first = try Bird(0)
        let address = first.address
        let flock = try Flock(8, calling: [first.id: address])
        try flock.awaitEach("to reach the first life") { $1.meetings[first.id] == 1 }
        try first.stop()
        try flock.awaitEach("to lose it") { $1.reachable.isEmpty }
        let second = try Bird(0, listening: address)
        try flock.awaitEach("to reach the second life") {
            $1.meetings[first.id] ?? 0 >= 2 && $1.reachable.contains(first.id)
        }
        for (place, member) in flock.group.members.enumerated() {
            member.ask(.say(7...7, bytes: 0, to: second.id))
            try second.await(.heard(7, from: flock.ids[place]))
        }
        try second.stop()
    }

    @Test func `each is woken when it wants to be, and no sooner`() throws {
        let flock = try Flock(5, calling: [:])
        for (place, member) in flock.group.members.enumerated() {
            member.ask(.sleep(.milliseconds(Int64(5 * (5 - place)))))
        }
        try flock.awaitEach("to be woken") { _, song in
            song.events.contains {
                if case .woke(let late) = $0 { late >= .zero } else { false }
            }
        }
        for song in flock.songs {
            #expect(song.change { $0.events }.count == 2, "started, and woken once")
        }
    }

    @Test func `one that was stopped does nothing more, while the others go on until they are`()
        throws
    {
        let bird = try Bird(0)
        let flock = try Flock(3, calling: [bird.id: bird.address])
        try flock.awaitEach("to reach the bird") { $1.reachable.contains(bird.id) }
        flock.group.members[1].ask(.say(1...1, bytes: 0, to: bird.id))
        flock.group.members[1].stop()
        for place in [0, 2] {
            flock.group.members[place].ask(.say(3...3, bytes: 0, to: bird.id))
            try bird.await(.heard(3, from: flock.ids[place]))
        }
        flock.group.members[1].ask(.say(2...2, bytes: 0, to: bird.id))
        flock.group.members[0].stop()
        flock.group.members[2].stop(abruptly: true)
        try flock.group.wait()
        // What was said before the end has left.
        #expect(bird.heard(from: flock.ids[1]) == [1])
        try bird.stop()
    }
}
