import Foundation
import Randomness
import Testing

@testable import Statistics

struct ScalabilityTests {
    private func points(
        of law: ScalabilityLaw, at concurrencies: [Double], noise: (Int) -> Double = { _ in 0 }
    ) -> [ScalabilityPoint] {
        concurrencies.enumerated().map { index, n in
            ScalabilityPoint(
                concurrency: n, throughput: law.throughput(at: n) * (1 + noise(index)))
        }
    }

    @Test func `the law's formula and peak are Gunther's`() {
        let law = ScalabilityLaw(rate: 100, contention: 0.1, coherency: 0.01)
        #expect(law.throughput(at: 1) == 100)
        // 1 + 0.1·9 + 0.01·90 = 2.8
        #expect(agree(law.throughput(at: 10), 1_000 / 2.8, within: 1e-14))
        #expect(agree(law.peakConcurrency ?? 0, 90.0.squareRoot(), within: 1e-14))
        #expect(ScalabilityLaw(rate: 1, contention: 0.1, coherency: 0).peakConcurrency == nil)
    }

    @Test func `exact points give back their law`() throws {
        let laws = [(0.05, 0.001), (0.0, 0.0), (0.2, 0.0)]
        for (sigma, kappa) in laws {
            let law = ScalabilityLaw(rate: 500_000, contention: sigma, coherency: kappa)
            for scatter in [ScalabilityFit.Scatter.relative, .absolute] {
                let fit = try #require(
                    ScalabilityFit(points(of: law, at: [1, 2, 4, 8, 16, 32]), scatter: scatter))
                #expect(agree(fit.law.rate, law.rate, within: 1e-9))
                #expect(abs(fit.law.contention - sigma) < 1e-9)
                #expect(abs(fit.law.coherency - kappa) < 1e-10)
                #expect(fit.explained > 1 - 1e-12)
            }
        }
    }

    @Test func `fits agree with SciPy's curve_fit`() throws {
        for row in try SciPyFixture.load().scalability {
            let points = zip(row.concurrency, row.throughput).map {
                ScalabilityPoint(concurrency: $0, throughput: $1)
            }
            let fit = try #require(ScalabilityFit(points, scatter: row.scatter))
            // SciPy differentiates numerically.
            #expect(agree(fit.rateInterval.low, row.rateLow, within: 1e-5))
            #expect(agree(fit.rateInterval.high, row.rateHigh, within: 1e-5))
            #expect(agree(fit.contentionInterval.high, row.contentionHigh, within: 1e-4))
            #expect(agree(fit.coherencyInterval.high, row.coherencyHigh, within: 1e-4))
            let isNegative = row.free.contains { $0 < 0 }
            #expect(fit.isBounded == isNegative)
            if isNegative {
                #expect(fit.law.contention == 0 || fit.law.coherency == 0)
            } else {
                #expect(agree(fit.law.contention, row.free[1], within: 1e-5))
                #expect(agree(fit.law.coherency, row.free[2], within: 1e-5))
            }
        }
    }

    @Test func `superlinear points are held at a linear law and say so`() throws {
        let points = [(1.0, 100.0), (2, 220), (4, 480), (8, 1_050), (16, 2_300)].map {
            ScalabilityPoint(concurrency: $0, throughput: $1)
        }
        let fit = try #require(ScalabilityFit(points))
        #expect(fit.isBounded && fit.law.contention == 0)
        #expect(fit.contentionInterval.low == 0)
    }

    @Test func `too few points or concurrencies give no fit`() {
        let law = ScalabilityLaw(rate: 10, contention: 0.1, coherency: 0.01)
        #expect(ScalabilityFit([]) == nil)
        #expect(ScalabilityFit(points(of: law, at: [1, 2, 3])) == nil)
        #expect(ScalabilityFit(points(of: law, at: [1, 2, 1, 2, 1, 2])) == nil)
    }

    @Test(arguments: [0.0005, 0])
    func `parameters and extrapolations are held at their nominal rate`(kappa: Double) throws {
        var generator = testSeed.derived(for: "usl").generator()
        let law = ScalabilityLaw(rate: 1_000, contention: 0.05, coherency: kappa)
        var held = (rate: 0, contention: 0, coherency: 0, far: 0)
        // A profile takes many fits, so fewer trials make one.
        let (trials, profiled) = (300, 60)
        for trial in 0..<trials {
            let measured = points(of: law, at: [1, 2, 4, 8, 12, 16, 24, 32]) { _ in
                exp(0.03 * generator.nextBoxMuller()) - 1
            }
            let fit = try #require(ScalabilityFit(measured))
            held.rate += fit.rateInterval.contains(law.rate) ? 1 : 0
            held.contention += fit.contentionInterval.contains(law.contention) ? 1 : 0
            held.coherency += fit.coherencyInterval.contains(law.coherency) ? 1 : 0
            if trial < profiled {
                let far = fit.prediction(at: 256).interval
                held.far += far.contains(law.throughput(at: 256)) ? 1 : 0
            }
        }
        // Three standard errors of 300 trials at 0.95 are 0.038; five of 60 trials are 0.14.
        for count in [held.rate, held.contention, held.coherency] {
            #expect(Double(count) / Double(trials) > 0.905, "\(held) \(seedNote)")
        }
        #expect(Double(held.far) / Double(profiled) > 0.81, "\(held) \(seedNote)")
    }

    /// Throughputs of forks about a law: each fork has its own rate, contention and noise.
    private func summaries(
        of law: ScalabilityLaw, at concurrencies: [Double], forks: Int,
        spread: (rate: Double, contention: Double, noise: Double),
        _ generator: inout Xoshiro256StarStar
    ) -> [ScalabilityPoint] {
        let own = (0..<forks).map { _ in
            (
                rate: spread.rate * generator.nextBoxMuller(),
                contention: spread.contention * generator.nextBoxMuller()
            )
        }
        let t = StudentT(degreesOfFreedom: Double(forks - 1)).quantile(0.975)
        return concurrencies.map { n in
            let slope = (n - 1) / (1 + law.contention * (n - 1) + law.coherency * n * (n - 1))
            let logs = own.map { fork in
                log(law.throughput(at: n)) + fork.rate - fork.contention * slope
                    + spread.noise * generator.nextBoxMuller()
            }
            let mean = Moments.mean(of: logs)
            let squares = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let half = t * (squares / Double(forks * (forks - 1))).squareRoot()
            return ScalabilityPoint(
                concurrency: n, throughput: exp(mean),
                interval: ConfidenceInterval(
                    low: exp(mean - half), high: exp(mean + half), confidence: 0.95))
        }
    }

    @Test(arguments: [3, 5])
    func `what forks have in common is held at the nominal rate`(forks: Int) throws {
        var generator = testSeed.derived(for: "usl forks").generator()
        let law = ScalabilityLaw(rate: 1_000, contention: 0.1, coherency: 0.002)
        var held = (rate: 0, contention: 0, coherency: 0, near: 0, far: 0)
        // Without the forks' intervals contention is held in 73 to 76 of 100.
        let trials = 50
        for _ in 0..<trials {
            let measured = summaries(
                of: law, at: [1, 2, 3, 4, 6, 8], forks: forks,
                spread: (rate: 0.1, contention: 0.02, noise: 0.01), &generator)
            let fit = try #require(ScalabilityFit(measured))
            held.rate += fit.rateInterval.contains(law.rate) ? 1 : 0
            held.contention += fit.contentionInterval.contains(law.contention) ? 1 : 0
            held.coherency += fit.coherencyInterval.contains(law.coherency) ? 1 : 0
            let (near, far) = (fit.prediction(at: 5), fit.prediction(at: 1_024))
            held.near += near.interval.contains(law.throughput(at: 5)) ? 1 : 0
            held.far += far.interval.contains(law.throughput(at: 1_024)) ? 1 : 0
        }
        // Three standard errors of 50 trials at 0.95 are 0.09.
        for count in [held.rate, held.contention, held.coherency, held.near, held.far] {
            #expect(Double(count) / Double(trials) > 0.86, "\(held) \(seedNote)")
        }
    }

    @Test func `intervals of points widen the law's, and a point without one is told`() throws {
        let law = ScalabilityLaw(rate: 1_000, contention: 0.05, coherency: 0.0002)
        let exact = points(of: law, at: [1, 2, 4, 8, 16])
        let wide = exact.map {
            ScalabilityPoint(
                concurrency: $0.concurrency, throughput: $0.throughput,
                interval: ConfidenceInterval(
                    low: $0.throughput * 0.95, high: $0.throughput / 0.95, confidence: 0.95))
        }
        let bare = try #require(ScalabilityFit(exact))
        let fit = try #require(ScalabilityFit(wide))
        #expect(fit.law == bare.law)
        #expect(fit.hasIntervals && !bare.hasIntervals)
        #expect(bare.prediction(at: 64).interval.width < 1e-6)
        #expect(fit.prediction(at: 64).interval.contains(law.throughput(at: 64) * 0.9))
        // All points up together move the rate by as much, and no less may be allowed for it.
        #expect(fit.rateInterval.high >= bare.law.rate / 0.95 * (1 - 1e-9))
        let mixed = try #require(ScalabilityFit([exact[0]] + wide.dropFirst()))
        #expect(!mixed.hasIntervals)
    }

    @Test func `what the law explains is never rounded up`() throws {
        let law = ScalabilityLaw(rate: 1_000, contention: 0.05, coherency: 0.0002)
        let off = try #require(
            ScalabilityFit(points(of: law, at: [1, 2, 4, 8, 16, 32]) { [0.01, -0.01][$0 % 2] }))
        #expect(off.explained > 0.999 && off.explained < 1)
        #expect(off.explainedRoundedDown == 0.999)
        let exact = try #require(ScalabilityFit(points(of: law, at: [1, 2, 4, 8])))
        #expect(exact.explainedRoundedDown == 1)
    }

    @Test func `an extrapolation is wider the further it goes`() throws {
        let law = ScalabilityLaw(rate: 1_000, contention: 0.05, coherency: 0.0002)
        let fit = try #require(
            ScalabilityFit(
                points(of: law, at: [1, 2, 4, 8, 16]) { [0.02, -0.02, 0.01, -0.01, 0.015][$0] }))
        let near = fit.prediction(at: 16)
        let far = fit.prediction(at: 1_024)
        #expect(near.interval.width / near.value < far.interval.width / far.value)
        #expect(fit.measuredRange == 1...16)
    }

    @Test func `bad input traps`() async {
        await #expect(processExitsWith: .failure) {
            _ = ScalabilityPoint(concurrency: 0, throughput: 5)
        }
        await #expect(processExitsWith: .failure) {
            _ = ScalabilityPoint(concurrency: 1, throughput: .nan)
        }
        await #expect(processExitsWith: .failure) {
            _ = ScalabilityLaw(rate: 1, contention: -0.1, coherency: 0)
        }
    }
}
