import Channels
import Counters
import Storage

/// The engine's own counters that benchmarks publish through PAPI: all that the suite can name
/// before it measures.
public enum EngineCounter: String, CaseIterable, Sendable {
    /// Messages that the engine's SPSC channels carried.
    case spscMessages = "channel.spsc.messages"
    /// Waits of their producers for room.
    case spscSendWaits = "channel.spsc.send-waits"
    /// Waits of their consumers for a message.
    case spscReceiveWaits = "channel.spsc.receive-waits"
    /// Producers going to sleep in the kernel.
    case spscSendParks = "channel.spsc.send-parks"
    /// Consumers going to sleep in the kernel.
    case spscReceiveParks = "channel.spsc.receive-parks"
    /// Messages that the engine's MPSC channels carried, bounded ones and unbounded ones.
    case mpscMessages = "channel.mpsc.messages"
    /// Waits of their producers for room.
    case mpscSendWaits = "channel.mpsc.send-waits"
    /// Waits of their consumers for a message.
    case mpscReceiveWaits = "channel.mpsc.receive-waits"
    /// Producers going to sleep in the kernel.
    case mpscSendParks = "channel.mpsc.send-parks"
    /// Consumers going to sleep in the kernel.
    case mpscReceiveParks = "channel.mpsc.receive-parks"
    /// Messages that the engine's MPMC channels carried, bounded ones and unbounded ones.
    case mpmcMessages = "channel.mpmc.messages"
    /// Waits of their producers for room.
    case mpmcSendWaits = "channel.mpmc.send-waits"
    /// Waits of their consumers for a message.
    case mpmcReceiveWaits = "channel.mpmc.receive-waits"
    /// Producers going to sleep in the kernel.
    case mpmcSendParks = "channel.mpmc.send-parks"
    /// Consumers going to sleep in the kernel.
    case mpmcReceiveParks = "channel.mpmc.receive-parks"
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
        case .spscMessages: "messages sent through the engine's SPSC channels"
        case .spscSendWaits: "waits for room in the engine's SPSC channels"
        case .spscReceiveWaits: "waits for a message of the engine's SPSC channels"
        case .spscSendParks: "sleeps of producers of the engine's SPSC channels"
        case .spscReceiveParks: "sleeps of consumers of the engine's SPSC channels"
        case .mpscMessages: "messages sent through the engine's MPSC channels"
        case .mpscSendWaits: "waits for room in the engine's MPSC channels"
        case .mpscReceiveWaits: "waits for a message of the engine's MPSC channels"
        case .mpscSendParks: "sleeps of producers of the engine's MPSC channels"
        case .mpscReceiveParks: "sleeps of consumers of the engine's MPSC channels"
        case .mpmcMessages: "messages sent through the engine's MPMC channels"
        case .mpmcSendWaits: "waits for room in the engine's MPMC channels"
        case .mpmcReceiveWaits: "waits for a message of the engine's MPMC channels"
        case .mpmcSendParks: "sleeps of producers of the engine's MPMC channels"
        case .mpmcReceiveParks: "sleeps of consumers of the engine's MPMC channels"
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

    /// Publishes the statistics of a bounded channel of `kind`.
    static func publish(
        _ monitor: consuming ChannelMonitor, of kind: ChannelKind
    ) -> [PublishedCounters.Source] {
        let held = HeldMonitor(monitor)
        let counters = ChannelCounters(of: kind)
        return [
            counters.messages.publish { held.monitor.statistics.sent },
            counters.sendWaits.publish { held.monitor.statistics.sendWaits },
            counters.receiveWaits.publish { held.monitor.statistics.receiveWaits },
            counters.sendParks.publish { held.monitor.statistics.sendParks },
            counters.receiveParks.publish { held.monitor.statistics.receiveParks },
        ]
    }

    /// Publishes the statistics of an unbounded channel of `kind`, whose producers never wait.
    static func publish(
        _ monitor: consuming UnboundedMonitor, of kind: ChannelKind
    ) -> [PublishedCounters.Source] {
        let held = HeldUnboundedMonitor(monitor)
        let counters = ChannelCounters(of: kind)
        return [
            counters.messages.publish { held.monitor.statistics.sent },
            counters.receiveWaits.publish { held.monitor.statistics.receiveWaits },
            counters.receiveParks.publish { held.monitor.statistics.receiveParks },
        ]
    }

    /// The counters of a kind of channel.
    private struct ChannelCounters {
        let messages: EngineCounter
        let sendWaits: EngineCounter
        let receiveWaits: EngineCounter
        let sendParks: EngineCounter
        let receiveParks: EngineCounter

        init(of kind: ChannelKind) {
            (messages, sendWaits, receiveWaits, sendParks, receiveParks) =
                switch kind {
                case .spsc:
                    (
                        .spscMessages, .spscSendWaits, .spscReceiveWaits, .spscSendParks,
                        .spscReceiveParks
                    )
                case .mpsc:
                    (
                        .mpscMessages, .mpscSendWaits, .mpscReceiveWaits, .mpscSendParks,
                        .mpscReceiveParks
                    )
                case .mpmc:
                    (
                        .mpmcMessages, .mpmcSendWaits, .mpmcReceiveWaits, .mpmcSendParks,
                        .mpmcReceiveParks
                    )
                }
        }
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

    /// As `HeldMonitor`.
    private final class HeldUnboundedMonitor: Sendable {
        let monitor: UnboundedMonitor
        init(_ monitor: consuming UnboundedMonitor) { self.monitor = monitor }
    }
}
