import Channels
import Counters
import Storage

/// The engine's own counters that benchmarks publish through PAPI: all that the suite can name
/// before it measures.
public enum EngineCounter: String, CaseIterable, Sendable {
    /// Messages that the engine's channels carried.
    case channelMessages = "channel.spsc.messages"
    /// Waits of their producers for room.
    case channelSendWaits = "channel.spsc.send-waits"
    /// Waits of their consumers for a message.
    case channelReceiveWaits = "channel.spsc.receive-waits"
    /// Producers going to sleep in the kernel.
    case channelSendParks = "channel.spsc.send-parks"
    /// Consumers going to sleep in the kernel.
    case channelReceiveParks = "channel.spsc.receive-parks"
    /// Syncs of shared files.
    case commitSyncs = "storage.commit.syncs"
    /// Appends that were committed in groups.
    case commitAppends = "storage.commit.appends"
    /// Syncs of files with one caller.
    case appendSyncs = "storage.append.syncs"
    /// What `calibration.counter` adds up, to be read back.
    case calibrationIncrements = "calibration.increments"

    /// What is counted, for who lists counters.
    public var summary: String {
        switch self {
        case .channelMessages: "messages sent through the engine's SPSC channels"
        case .channelSendWaits: "waits for room in the engine's SPSC channels"
        case .channelReceiveWaits: "waits for a message of the engine's SPSC channels"
        case .channelSendParks: "sleeps of producers of the engine's SPSC channels"
        case .channelReceiveParks: "sleeps of consumers of the engine's SPSC channels"
        case .commitSyncs: "syncs that the engine's shared files asked the kernel for"
        case .commitAppends: "appends of groups that these files committed"
        case .appendSyncs: "syncs that the engine's files of one caller asked the kernel for"
        case .calibrationIncrements: "increments made by calibration.counter"
        }
    }

    /// Its name in PAPI.
    public var name: CounterName { PublishedCounters.name(rawValue) }

    /// Publishes what `value` gives for as long as the source lives.
    func publish(_ value: @escaping @Sendable () -> UInt64) -> PublishedCounters.Source {
        PublishedCounters.publish(rawValue, summary, value: value)
    }

    /// Publishes the statistics of a channel.
    static func publish(_ monitor: consuming ChannelMonitor) -> [PublishedCounters.Source] {
        let held = HeldMonitor(monitor)
        return [
            channelMessages.publish { held.monitor.statistics.sent },
            channelSendWaits.publish { held.monitor.statistics.sendWaits },
            channelReceiveWaits.publish { held.monitor.statistics.receiveWaits },
            channelSendParks.publish { held.monitor.statistics.sendParks },
            channelReceiveParks.publish { held.monitor.statistics.receiveParks },
        ]
    }

    /// Publishes what a shared file commits.
    static func publish(_ file: SharedAppendFile) -> [PublishedCounters.Source] {
        [
            commitSyncs.publish { file.statistics.syncs },
            commitAppends.publish { UInt64(file.statistics.appends) },
        ]
    }

    /// Lets closures hold a monitor, which cannot be copied.
    private final class HeldMonitor: Sendable {
        let monitor: ChannelMonitor
        init(_ monitor: consuming ChannelMonitor) { self.monitor = monitor }
    }
}
