import Glibc

/// ln Γ(x) for positive x, to 10⁻¹⁴ of itself or, where it is below one, absolutely.
///
/// Stirling's series, reached from small arguments by the recurrence (Abramowitz and Stegun 6.1.41
/// and 6.1.15). Not Glibc's `lgamma`, which writes the global `signgam` and so is a data race.
func logGamma(_ x: Double) -> Double {
    precondition(x > 0, "ln Γ(\(x)): the argument must be positive")
    var shifted = x
    var product = 1.0
    while shifted < 12 {
        product *= shifted
        shifted += 1
    }
    let halfLogTwoPi = 0.918_938_533_204_672_741_78
    return (shifted - 0.5) * log(shifted) - shifted + halfLogTwoPi + stirlingTail(shifted)
        - log(product)
}

/// What Stirling's formula leaves out: ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π] for x ≥ 10.
func stirlingTail(_ x: Double) -> Double {
    let inverse = 1 / x
    let square = inverse * inverse
    let series = 1 / 360.0 - square * (1 / 1260.0 - square * (1 / 1680.0 - square / 1188))
    return inverse * (1 / 12.0 - square * series)
}

/// The regularised incomplete beta function I_x(a, b).
///
/// Lentz's evaluation of the continued fraction (DLMF 8.17.22), on the side of the mean where it
/// converges quickly; O(√max(a, b)) terms.
func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    precondition(x >= 0 && x <= 1 && a > 0 && b > 0, "I_\(x)(\(a), \(b)) is not defined")
    if x == 0 || x == 1 { return x }
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    return exp(logBetaWeight(x, a, b)) / a * betaFraction(x, a, b)
}

/// ln of x^a (1−x)^b / B(a, b).
private func logBetaWeight(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard a >= 10 && b >= 10 else {
        return a * log(x) + b * log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)
    }
    // For large arguments the terms cancel; Loader's deviance form keeps the digits ("Fast and
    // accurate computation of binomial probabilities", 2000).
    let total = a + b
    let tails = stirlingTail(total) - stirlingTail(a) - stirlingTail(b)
    return tails + 0.5 * log(a / total * b / (2 * .pi)) - devianceHalf(a, total * x)
        - devianceHalf(b, total * (1 - x))
}

/// x ln(x/m) + m − x, without cancellation for x near m.
private func devianceHalf(_ x: Double, _ mean: Double) -> Double {
    let relative = (x - mean) / mean
    guard abs(relative) < 0.1 else { return x * log(x / mean) + mean - x }
    // m·((1+r) ln(1+r) − r) = m·Σ (−1)^k r^k / (k(k−1)), k from 2.
    var term = relative * relative
    var sum = 0.0
    var order = 2.0
    while abs(term) > 1e-18 * relative * relative && order < 60 {
        sum += term / (order * (order - 1))
        term *= -relative
        order += 1
    }
    return mean * sum
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var fraction = d
    let limit = 1_000 + 10 * max(a, b).squareRoot()
    var m = 1.0
    while m <= limit {
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / guarded(1 + even * d)
        c = guarded(1 + even / c)
        fraction *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / guarded(1 + odd * d)
        c = guarded(1 + odd / c)
        let step = d * c
        fraction *= step
        if abs(step - 1) < 1e-15 { return fraction }
        m += 1
    }
    preconditionFailure("I_\(x)(\(a), \(b)) did not converge in \(limit) terms")
}

/// The point where the ascending `function` reaches `target`, by bisection to the last bit.
func inverse(of target: Double, low: Double, high: Double, _ function: (Double) -> Double)
    -> Double
{
    var (low, high) = (low, high)
    while true {
        let middle = low + (high - low) / 2
        guard middle > low && middle < high else { return middle }
        if function(middle) < target { low = middle } else { high = middle }
    }
}
