import Foundation

/// The natural logarithm.
func logarithm(_ value: Double) -> Double { log(value) }

/// The cosine.
func cosine(_ value: Double) -> Double { cos(value) }
