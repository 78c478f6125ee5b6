import CPeerRings

/// The part of a window that one of several producers or consumers has.
enum RingShare {
    /// Where a value says which producer sent it.
    static let memberShift: UInt64 = 48

    /// The messages of member number `member` of `members`, when all of them have `count` together.
    static func count(of member: Int, among members: Int, total count: Int) -> Int {
        count / members + (member < count % members ? 1 : 0)
    }

    /// What the values of all producers add up to, wrapping, when they send `count` together.
    static func sum(ofProducers producers: Int, total count: Int) -> UInt64 {
        (0..<producers).reduce(UInt64(0)) { sum, member in
            let own = UInt64(RingShare.count(of: member, among: producers, total: count))
            let marks = (UInt64(member) << memberShift) &* own
            return sum &+ marks &+ own * (own + 1) / 2
        }
    }
}

extension RingLoops {
    /// Sends `count` messages as producer number `member`.
    static func produceShare<S: SendingEnd & ~Copyable>(
        _ there: HeldEnd<S>, _ member: Int, _ count: Int
    ) {
        var producer = there.take()
        let mark = UInt64(member) << RingShare.memberShift
        var message = S.Message()
        var number: UInt64 = 1
        while number <= UInt64(count) {
            message.value = mark | number
            producer.push(message)
            number += 1
        }
        there.putBack(producer)
    }

    /// Receives `count` messages; how often those of one producer did not rise. Adds the values to
    /// `sum`.
    static func consumeShare<R: ReceivingEnd & ~Copyable>(
        _ there: HeldEnd<R>, _ count: Int, sum: inout UInt64
    ) -> UInt64 {
        var consumer = there.take()
        var last = InlineArray<64, UInt64>(repeating: 0)
        let members = UInt64(PEER_RING_MOST_MEMBERS)
        let numbers = (UInt64(1) << RingShare.memberShift) - 1
        var wrong: UInt64 = 0
        var total: UInt64 = 0
        for _ in 0..<count {
            let found = consumer.pop().value
            let number = found & numbers
            let member = Int((found >> RingShare.memberShift) % members)
            if number <= last[member] { wrong += 1 }
            last[member] = number
            total &+= found
        }
        there.putBack(consumer)
        sum &+= total
        return wrong
    }
}
