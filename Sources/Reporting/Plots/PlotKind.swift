import Quantities

/// A kind of picture, and with it the template of `plots/` that draws it.
public enum PlotKind: String, CaseIterable, Sendable {
    /// Medians with intervals, a bar for each contender.
    case contenders
    /// Latency against percentile, out to the tail.
    case percentiles
    /// The cumulative distribution of samples.
    case distribution
    /// A rate against a swept parameter.
    case throughput
    /// A time against a swept parameter, both logarithmic.
    case cost
    /// The spread of load against virtual nodes.
    case balance
    /// The percentiles of each engine that writes durably.
    case durable
    /// A time against a rate, along a swept parameter.
    case tradeoff
    /// Samples in the order in which they were taken, with what disturbed them.
    case timeline
    /// A figure of every two processing units.
    case heatmap
    /// A rate against the number of workers, with the Universal Scalability Law.
    case scaling
    /// Figures over runs, with the places where they changed.
    case history
    /// Measured over claimed, for all claims that have both.
    case verdicts

    /// The kind that shows figures of `unit` against a swept parameter; `nil` when none does.
    init?(sweepOf unit: String) {
        switch Unit(symbol: unit)?.dimension {
        case .time: self = .cost
        case .frequency, .bandwidth: self = .throughput
        case .information, .ratio, .count, nil: return nil
        }
    }

    /// The template's text, which follows the style in every script.
    var template: String {
        let bytes =
            switch self {
            case .contenders: PackageResources.contenders_gp
            case .percentiles: PackageResources.percentiles_gp
            case .distribution: PackageResources.distribution_gp
            case .throughput: PackageResources.throughput_gp
            case .cost: PackageResources.cost_gp
            case .balance: PackageResources.balance_gp
            case .durable: PackageResources.durable_gp
            case .tradeoff: PackageResources.tradeoff_gp
            case .timeline: PackageResources.timeline_gp
            case .heatmap: PackageResources.heatmap_gp
            case .scaling: PackageResources.scaling_gp
            case .history: PackageResources.history_gp
            case .verdicts: PackageResources.verdicts_gp
            }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What all templates share: colours, shapes, sizes, and how the data file is read.
    static var style: String { String(decoding: PackageResources.style_gp, as: UTF8.self) }
}
