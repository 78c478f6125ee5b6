import StateMachines

/// What is under way.
extension Relay {
    /// Puts what an end has said on the line to the other one.
    mutating func put(
        _ content: DelayLine.Content, from end: TunnelEnd, on loop: inout EventLoop
    ) {
        guard let route = tunnels[end.tunnel]?.route,
            let receiver = tunnels[end.tunnel]?[end.side.other].stage, !receiver.isEnded
        else { return }
        if content.count > 0 {
            statistics.taken += 1
            statistics.bytesTaken += UInt64(content.count)
        }
        let link = routes[route].link(from: end.side)
        var start = loop.now
        // The caller has to be connected before anything that it says leaves.
        if end.side == .near, content != .begin, let connected = tunnels[end.tunnel]?.connected {
            start = max(start, connected)
        }
        let departure = links[link].departure(of: content.count, at: start)
        let (conditions, roundTrip) = (links[link].conditions, roundTrip(of: route))
        let lost = tunnels[end.tunnel]?[end.side].line.lost ?? 0
        tunnels[end.tunnel]?[end.side].line.put(
            content, departure: departure, over: conditions, roundTrip: roundTrip)
        statistics.lost += (tunnels[end.tunnel]?[end.side].line.lost ?? 0) - lost
        pause(end, within: conditions.window, on: &loop)
        arm(end, on: &loop)
    }

    /// Reads no more from an end whose window is under way.
    private mutating func pause(
        _ end: TunnelEnd, within window: Int, on loop: inout EventLoop
    ) {
        guard let half = tunnels[end.tunnel]?[end.side], !half.isPaused,
            half.line.byteCount >= window, let connection = half.stage.connection
        else { return }
        tunnels[end.tunnel]?[end.side].isPaused = true
        statistics.pauses += 1
        loop.pause(connection)
    }

    /// Reads from an end again.
    mutating func resume(_ end: TunnelEnd, on loop: inout EventLoop) {
        guard let half = tunnels[end.tunnel]?[end.side], half.isPaused else { return }
        tunnels[end.tunnel]?[end.side].isPaused = false
        if let connection = half.stage.connection { loop.resume(connection) }
    }

    /// Has the line from an end looked at when its first piece is due. A line whose link is cut has
    /// nothing that is due.
    mutating func arm(_ end: TunnelEnd, on loop: inout EventLoop) {
        guard let route = tunnels[end.tunnel]?.route,
            links[routes[route].link(from: end.side)].cutSince == nil,
            let due = tunnels[end.tunnel]?[end.side].line.due
        else { return }
        if let timer = tunnels[end.tunnel]?[end.side].timer {
            guard due < timer.moment else { return }
            loop.cancel(timer.id)
        }
        tunnels[end.tunnel]?[end.side].timer = (loop.schedule(end.timer, at: due), due)
    }

    /// Gives the other end what an end has said and what is due, as far as there is room.
    mutating func give(from end: TunnelEnd, on loop: inout EventLoop) {
        guard let route = tunnels[end.tunnel]?.route,
            links[routes[route].link(from: end.side)].cutSince == nil
        else { return }
        while let piece = tunnels[end.tunnel]?[end.side].line.first(by: Clock.now) {
            guard say(piece.content, due: piece.due, to: end.other, route, on: &loop) else {
                return
            }
            tunnels[end.tunnel]?[end.side].line.removeFirst()
        }
        let window = links[routes[route].link(from: end.side)].conditions.window
        if let left = tunnels[end.tunnel]?[end.side].line.byteCount, left <= window / 2 {
            resume(end, on: &loop)
        }
        arm(end, on: &loop)
    }

    /// Says a piece to an end; false where that has to wait for the end.
    private mutating func say(
        _ content: DelayLine.Content, due: Moment, to end: TunnelEnd, _ route: Int,
        on loop: inout EventLoop
    ) -> Bool {
        guard let stage = tunnels[end.tunnel]?[end.side].stage else { return false }
        switch (content, stage) {
        case (.begin, .absent):
            connect(end, to: routes[route].target, on: &loop)
            return true
        case (.bytes(let bytes), .open(let connection)):
            let outcome = loop.send(bytes.span, to: connection)
            if outcome == .queued {
                statistics.given += 1
                statistics.bytesGiven += UInt64(bytes.count)
                statistics.lateness.note(Clock.now - due)
            }
            return outcome != .full
        case (.end, .open(let connection)):
            loop.close(connection)
            return true
        case (_, .ended): return true
        case (.begin, _), (_, .absent), (_, .opening): return false
        }
    }

    private mutating func connect(
        _ end: TunnelEnd, to target: Address, on loop: inout EventLoop
    ) {
        do throws(NetworkError) {
            let connection = try loop.connect(to: target, options: Self.options)
            ends[connection] = end
            tunnels[end.tunnel]?[end.side].stage = .opening(connection)
        } catch {
            // As if it had been refused: the caller hears its end, and may call again.
            statistics.refused += 1
            tunnels[end.tunnel]?[end.side].stage = .ended
            put(.end, from: end, on: &loop)
        }
    }
}

/// What others want done.
extension Relay {
    mutating func obey(_ command: RelayCommand, on loop: inout EventLoop) {
        switch command {
        case .cut(let links):
            for link in links { self.links[self.links.place(of: link)].cut(at: Clock.now) }
        case .heal(let links): for link in links { heal(self.links.place(of: link), on: &loop) }
        case .reset(let links): for link in links { reset(self.links.place(of: link), on: &loop) }
        case .change(let links, let conditions):
            for link in links { self.links[self.links.place(of: link)].conditions = conditions }
        case .report: break
        case .stop: isStopped = true
        }
    }

    private mutating func heal(_ link: Int, on loop: inout EventLoop) {
        guard let cut = links[link].heal() else { return }
        let now = Clock.now
        for end in lines(over: link) {
            guard let route = tunnels[end.tunnel]?.route else { continue }
            let (conditions, roundTrip) = (links[link].conditions, roundTrip(of: route))
            tunnels[end.tunnel]?[end.side].line.heal(
                cutSince: cut, at: now, over: conditions, roundTrip: roundTrip)
            arm(end, on: &loop)
        }
    }

    private mutating func reset(_ link: Int, on loop: inout EventLoop) {
        for number in tunnels.keys.sorted() {
            guard let tunnel = tunnels[number], routes[tunnel.route].uses(link) else { continue }
            for side in [Tunnel.Side.near, .far] {
                guard let connection = tunnel[side].stage.connection else { continue }
                ends[connection] = nil
                loop.abort(connection)
            }
            remove(number, on: &loop)
        }
    }

    /// The ends whose words go over a link, in the order of their tunnels.
    private func lines(over link: Int) -> [TunnelEnd] {
        var found: [TunnelEnd] = []
        for (number, tunnel) in tunnels {
            for side in [Tunnel.Side.near, .far]
            where routes[tunnel.route].link(from: side) == link {
                found.append(TunnelEnd(number, side))
            }
        }
        return found.sorted { $0.tunnel < $1.tunnel }
    }
}
