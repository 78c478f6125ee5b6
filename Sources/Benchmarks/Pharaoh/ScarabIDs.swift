import CNilometerShims
import Hardware
import Measurement
import Pharaoh
import Quantities

/// What holds a generator, which cannot be copied, for loops that are compiled for its clock.
final class HeldGenerator<Clock: ScarabClock> {
    private var ids: ScarabGenerator<Clock>?

    init(_ ids: consuming ScarabGenerator<Clock>) { self.ids = consume ids }

    /// Makes so many IDs, one by one, by a generator whose state can live in registers.
    @inline(__always)
    func make(_ count: Int) throws {
        guard var local = ids.take() else { return }
        var problem: ScarabError?
        do throws(ScarabError) {
            for _ in 0..<count { nilometer_consume(try local.next().rawValue) }
        } catch {
            problem = error
        }
        ids = consume local
        if let problem { throw problem }
    }

    /// Makes all IDs that are left of a millisecond: runs end with it.
    func makeToEndOfMillisecond() throws {
        guard var local = ids.take() else { return }
        let sequences = ScarabLayout.standard.idsPerMillisecond
        var problem: ScarabError?
        do throws(ScarabError) {
            var last = 0
            while last != sequences - 1 {
                let run = try local.take(upTo: sequences)
                last = ScarabLayout.standard.fields(of: run.first).sequence + run.count - 1
            }
        } catch {
            problem = error
        }
        ids = consume local
        if let problem { throw problem }
    }

    /// Makes so many IDs in runs of up to `length`.
    @inline(__always)
    func make(_ count: Int, inRunsOf length: Int) throws {
        guard var local = ids.take() else { return }
        var problem: ScarabError?
        do throws(ScarabError) {
            var left = count
            while left > 0 {
                let run = try local.take(upTo: min(left, length))
                for id in run { nilometer_consume(id.rawValue) }
                left -= run.count
            }
        } catch {
            problem = error
        }
        ids = consume local
        if let problem { throw problem }
    }
}

/// How long a run is in the contenders that make them.
enum ScarabRuns {
    static let length = 64
}
