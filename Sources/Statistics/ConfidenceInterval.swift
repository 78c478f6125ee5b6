/// A range that holds the true value with a stated confidence, in the unit of the samples.
public struct ConfidenceInterval: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The lower limit.
    public let low: Double
    /// The upper limit; never below `low`.
    public let high: Double
    /// The share of such intervals, over repetitions of the experiment, that hold the true value;
    /// between 0 and 1, both excluded.
    public let confidence: Double

    /// An interval with these limits.
    ///
    /// - Precondition: `low <= high`, neither is NaN, and `0 < confidence < 1`.
    public init(low: Double, high: Double, confidence: Double) {
        precondition(low <= high, "interval from \(low) to \(high): limits must be ordered")
        precondition(
            confidence > 0 && confidence < 1, "confidence \(confidence) must lie between 0 and 1")
        self.low = low
        self.high = high
        self.confidence = confidence
    }

    /// Reads an interval back; limits out of order and a confidence out of range are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        low = try container.decode(Double.self, forKey: .low)
        high = try container.decode(Double.self, forKey: .high)
        confidence = try container.decode(Double.self, forKey: .confidence)
        guard low <= high else {
            throw DecodingError.dataCorruptedError(
                forKey: .low, in: container,
                debugDescription: "interval from \(low) to \(high): limits must be ordered")
        }
        guard confidence > 0 && confidence < 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .confidence, in: container,
                debugDescription: "confidence \(confidence) must lie between 0 and 1")
        }
    }

    /// `high - low`.
    public var width: Double { high - low }

    /// Whether `value` lies in the interval, limits included.
    public func contains(_ value: Double) -> Bool { low <= value && value <= high }

    /// The smallest interval of the same confidence that holds this one and `value`.
    ///
    /// Widening never lowers coverage.
    public func extended(toHold value: Double) -> ConfidenceInterval {
        ConfidenceInterval(low: min(low, value), high: max(high, value), confidence: confidence)
    }

    /// The interval of a quantity that is a monotone function of this one, e.g. the rate that
    /// belongs to a time.
    public func mapped(_ monotone: (Double) -> Double) -> ConfidenceInterval {
        let (a, b) = (monotone(low), monotone(high))
        return ConfidenceInterval(low: min(a, b), high: max(a, b), confidence: confidence)
    }

    /// `[low, high] at 0.95`.
    public var description: String { "[\(low), \(high)] at \(confidence)" }
}
