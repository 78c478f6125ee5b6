import StateMachines

/// The timestamps of one coordinator.
struct StampSource {
    /// Milliseconds before this one are reserved, on the disk.
    var durable: UInt64 = 0

    private let settings: CoordinatorSettings
    /// Milliseconds before this one are reserved once what is under way is on the disk.
    private var asked: UInt64 = 0
    /// The millisecond that was used last, or the first that may be used, and how many of its numbers are
    /// used up.
    private var time: UInt64 = 0
    private var used: UInt64 = 0

    init(_ settings: CoordinatorSettings) { self.settings = settings }

    /// Takes over what a life before had reserved: goes on above it.
    mutating func recover(before reserved: UInt64) {
        if settings.has(.clockTrustedAfterCrash) { return }
        let isReused = settings.has(.windowReusedAtRestart)
        durable = max(durable, reserved)
        asked = durable
        time = isReused ? durable - min(durable, settings.window) : durable
    }

    /// The first millisecond that has room for so many timestamps, as the wall clock may be.
    func next(_ count: UInt64) -> UInt64 {
        used + count <= settings.layout.perMillisecond ? time : time + 1
    }

    /// So many timestamps, if their millisecond has come and is reserved.
    ///
    /// A millisecond that is in use stays so when the clock is set back; a new one is begun only when the
    /// clock is there.
    mutating func take(_ count: UInt64, at now: UInt64, for home: NodeID) -> IdentifierRun? {
        let wanted = millisecond(for: count, at: now)
        let isInUse = wanted == time && used > 0
        guard wanted <= now || isInUse, wanted < durable || mayRun else { return nil }
        if wanted != time || used + count > settings.layout.perMillisecond {
            (time, used) = (wanted, 0)
        }
        defer { used += settings.has(.runsOverlap) ? 1 : count }
        return IdentifierRun(
            first: settings.layout.stamp(
                time: time, machine: settings.machine(for: home), sequence: used),
            count: count)
    }

    /// The millisecond that so many timestamps are to have: now, or the first after the last one's that
    /// has room for them.
    private func millisecond(for count: UInt64, at now: UInt64) -> UInt64 {
        if settings.has(.clockFollowedBack), now < time { return now }
        if settings.has(.sequenceWraps) { return max(now, time) }
        return now > time ? now : next(count)
    }

    private var mayRun: Bool {
        settings.has(.givenOutBeforeDurable) || settings.has(.clockTrustedAfterCrash)
    }

    /// What has to be reserved now, for this millisecond and those after it; nil where enough is.
    mutating func reservation(for time: UInt64) -> UInt64? {
        // Half a window ahead, so that nobody waits unless a sync takes longer than that.
        guard time + settings.window / 2 >= asked else { return nil }
        asked = time + settings.window
        return asked
    }
}

/// The numbers of one coordinator's counter.
struct NumberSource {
    /// Numbers before this one are reserved, on the disk.
    var durable: UInt64 = 0

    private let settings: CoordinatorSettings
    /// Numbers before this one are reserved once what is under way is on the disk.
    private var asked: UInt64 = 0
    /// The next number.
    private var next: UInt64 = 0

    init(_ settings: CoordinatorSettings) { self.settings = settings }

    /// Takes over what a life before had reserved: goes on above it.
    mutating func recover(before reserved: UInt64) {
        let isReused = settings.has(.windowReusedAtRestart)
        durable = max(durable, reserved)
        asked = durable
        next = isReused ? durable - min(durable, settings.reserve) : durable
    }

    /// So many numbers, if they are reserved.
    mutating func take(_ count: UInt64, for home: NodeID) -> IdentifierRun? {
        guard next + count <= durable || settings.has(.givenOutBeforeDurable) else { return nil }
        precondition(next + count <= settings.layout.lastNumber, "the counter is at its end")
        defer { next += settings.has(.runsOverlap) ? 1 : count }
        return IdentifierRun(
            first: settings.layout.number(next, machine: settings.machine(for: home)),
            count: count)
    }

    /// What has to be reserved now, for so many numbers and those after them; nil where enough is.
    mutating func reservation(for count: UInt64) -> UInt64? {
        guard next + count + settings.reserve / 2 >= asked else { return nil }
        asked = next + count + settings.reserve
        return asked
    }
}

extension CoordinatorSettings {
    /// The machine number that identifiers carry for a client whose key belongs to `home`: the
    /// coordinator's own, whoever's client it is.
    func machine(for home: NodeID) -> Int {
        if has(.machineShared) { return machine & ~1 }
        if has(.prefixOfTheOther) { return home.place % layout.machines }
        return machine
    }
}
