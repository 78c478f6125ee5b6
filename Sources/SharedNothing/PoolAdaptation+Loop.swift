import Hardware
import Synchronization

/// What follows the load of one pool: all of the work of `AdaptationThread` but the waiting. It is
/// told the time.
struct AdaptationLoop {
    let adaptation: PoolAdaptation
    private(set) var controller: LoadController
    private var gauge: LoadGauge
    private var learner: LoadLearner
    private var store: LearntStore?
    private var lastSave: MonotonicTime
    private var saved: LearntConfiguration?

    /// Begins with the settings of the pool at this moment.
    init<W: Worker>(_ adaptation: PoolAdaptation, of pool: WorkerPool<W>, at now: MonotonicTime) {
        self.adaptation = adaptation
        var rules = adaptation.rules
        let count = pool.workerCount
        if case .range = pool.configuration.partitioning { rules.workers = count...count }
        controller = LoadController(rules, from: pool.loadSettings)
        gauge = LoadGauge(pool.core.loadSamples(at: now), at: now)
        learner = LoadLearner(dwell: rules.dwell)
        store = adaptation.store
        lastSave = now
        // The rules may not allow what the pool began with.
        apply(controller.settings, to: pool, because: nil)
    }

    /// Looks at the pool; at the end of an interval, with all that follows.
    mutating func look<W: Worker>(at pool: WorkerPool<W>, now: MonotonicTime) {
        gauge.note(queued: pool.core.seats.reduce(0) { $0 + $1.queueDepth })
        guard gauge.length(at: now) >= adaptation.interval else { return }
        let interval = gauge.end(pool.core.loadSamples(at: now), at: now)
        // While workers go over to another routing, they wait for each other: no load of theirs.
        if let interval, !pool.core.isHandingOver { take(interval, of: pool) }
        if now - lastSave >= adaptation.savesEvery {
            lastSave = now
            save()
        }
    }

    /// Decides on what was seen over an interval.
    mutating func take<W: Worker>(_ interval: LoadGauge.Interval, of pool: WorkerPool<W>) {
        followResizes(of: pool)
        learner.take(interval, under: controller.settings)
        guard let wanted = controller.take(interval.reading) else { return }
        apply(wanted, to: pool, because: interval.reading)
    }

    /// Saves what was learnt, if it is anything new.
    mutating func save() {
        guard let best = learner.best, store != nil else { return }
        let found = LearntConfiguration(
            workload: adaptation.workload, machine: adaptation.machine, settings: best.settings,
            throughput: best.throughput, readings: best.readings)
        guard found != saved else { return }
        do throws(DurableFileError) {
            try store?.save(found)
            saved = found
            adaptation.observer?(.saved(found))
        } catch {
            adaptation.observer?(.notSaved(error))
        }
    }

    private mutating func apply<W: Worker>(
        _ wanted: LoadSettings, to pool: WorkerPool<W>, because reading: LoadReading?
    ) {
        pool.core.tuning.apply(batch: wanted.batch, wanted.wait)
        if wanted.workers != pool.workerCount {
            do throws(PoolError) {
                try pool.resize(to: wanted.workers, within: adaptation.interval * 10)
            } catch {
                adaptation.observer?(.notResized(error))
            }
            followResizes(of: pool)
        }
        if let reading { adaptation.observer?(.changed(controller.settings, reading)) }
    }

    /// Where the number of workers is another than was decided, because a resize failed or the
    /// program made one of its own, goes on from there.
    private mutating func followResizes<W: Worker>(of pool: WorkerPool<W>) {
        let count = pool.workerCount
        guard count != controller.settings.workers else { return }
        var settings = controller.settings
        settings.workers = count
        var rules = controller.rules
        // What the program sets is right: the rules' bounds are for what is decided here.
        rules.workers = min(rules.workers.lowerBound, count)...max(rules.workers.upperBound, count)
        controller = LoadController(rules, from: settings)
    }
}

extension PoolCore {
    /// What a `LoadGauge` counts.
    func loadSamples(at now: MonotonicTime) -> [LoadGauge.Sample] {
        seats.map { seat in
            LoadGauge.Sample(
                worker: ObjectIdentifier(seat),
                idleNanoseconds: seat.vitals.idleNanoseconds(until: now),
                handled: seat.counters.handled.load(ordering: .relaxed))
        }
    }

    /// Whether workers are going over to another routing.
    var isHandingOver: Bool {
        life.withLock { $0.handOver?.unfinished.load() ?? 0 } != 0
    }
}

extension WorkerPool {
    /// The settings in force that follow the load, where the pool does; otherwise those of its
    /// configuration, with the number of workers at this moment.
    public var loadSettings: LoadSettings {
        let tuning = core.tuning
        let strategy = configuration.waitStrategy
        let wait: Profile.WaitStrategy =
            if configuration.adaptation == nil || tuning.isPolling == strategy.polls {
                strategy
            } else {
                tuning.isPolling ? .spinThenYield : .spinThenPark
            }
        return LoadSettings(workers: workerCount, batch: tuning.currentBatch, wait: wait)
    }
}
