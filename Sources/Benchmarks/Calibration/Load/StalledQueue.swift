import Quantities

/// What an open loop with equal gaps must show over a server that stops once, halfway through the run.
///
/// The request that meets the stall is answered after S + s, where S is the stall and s the service
/// time. Requests go on arriving every 1/λ and are served every s once the stall is over, so each one
/// waits 1/λ − s less than the one before it: the j-th after the first is answered after
///
///     S + s − j · (1/λ − s),
///
/// until S / (1/λ − s) = λS / (1 − λs) of them have passed and the rest see s alone. (Lindley's
/// recursion, "The theory of queues with a single server", 1952, with constants.) Those λS / (1 − λs)
/// are the longest of the run, in descending order; a percentile of the response time is the one of
/// them, or of the rest, at that rank.
///
/// A closed loop over the same server has one long response, and as many fewer requests as the stall
/// kept it from sending.
struct StalledQueue {
    /// Requests a second, λ.
    let rate: Double
    /// How long the run is.
    let time: Nanoseconds
    /// How long the server stops, S.
    let stall: Nanoseconds
    /// How long the server takes for a request otherwise, s.
    let service: Nanoseconds

    /// Requests of the run.
    var requests: Int { Int((rate * time.inSeconds).rounded(.up)) }

    /// By how much less each request waits than the one before it, 1/λ − s, in nanoseconds; not
    /// positive when the server is slower than the requests.
    private var relief: Double { 1e9 / rate - service.rawValue }

    /// How many requests the stall delays; `nil` when the run ends before the last of them.
    var delayed: Int? {
        guard relief > 0 else { return nil }
        let count = (stall.rawValue / relief).rounded(.up)
        return count <= Double(requests / 2) ? Int(count) : nil
    }

    /// How many responses take longer than `limit`, which is above the service time; `nil` when the
    /// run ends before the backlog does.
    func slower(than limit: Nanoseconds) -> Int? {
        guard delayed != nil else { return nil }
        return Int(max(0, ((stall + service - limit).rawValue / relief).rounded(.up)))
    }

    /// The response time that `percentile` per cent of the requests do not exceed, by the nearest
    /// rank; `nil` when the run ends before the backlog does.
    func response(atPercentile percentile: Double) -> Nanoseconds? {
        guard delayed != nil else { return nil }
        // A whole rank stays what it is when 99.9 / 100 comes out a little above 0.999.
        let rank = max(1, (percentile / 100 * Double(requests) - 1e-6).rounded(.up))
        let fromTop = Double(requests) - rank
        return max(service, stall + service - Nanoseconds(fromTop * relief))
    }
}

/// What queueing theory says of one server without a limit to its queue.
enum QueueTheory {
    /// The mean wait before service in an M/D/1 queue: Poisson arrivals, equal service times. The
    /// formula of Pollaczek and Khinchine, ρs / (2 (1 − ρ)), for utilisations ρ from 0 to below 1.
    static func meanWait(utilisation: Double, service: Nanoseconds) -> Nanoseconds {
        precondition(utilisation >= 0 && utilisation < 1, "no mean at utilisation \(utilisation)")
        return service * (utilisation / (2 * (1 - utilisation)))
    }
}
