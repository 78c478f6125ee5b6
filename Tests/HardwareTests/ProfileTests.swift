import Quantities
import Testing

@testable import Hardware

@Suite struct ProfileTests {
    /// A large machine on which everything was found to work.
    private func large() throws -> Machine {
        var machine = try Machines.synthetic(
            "pack:2 numa:1(memory=64GiB) l3:1(size=32MiB) core:12 l2:1(size=1MiB) "
                + "l1d:1(size=32KiB) pu:2")
        machine.storage.ioUring.setups = .known(["SQPOLL"], source: "test")
        machine.storage.isNVMe = .known(true, source: "test")
        machine.memory.transparentHugePages = .known("madvise", source: "test")
        machine.memory.hugePages = .known(
            [
                Machine.HugePages(
                    size: .mebibytes(2), reserved: .known(8, source: "test"),
                    free: .known(8, source: "test"))
            ], source: "test")
        return machine
    }

    @Test func `the names are those of the command line`() {
        #expect(
            Profile.Name.allCases.map(\.rawValue) == [
                "auto", "low-latency", "performance", "production", "minimal", "testing",
            ])
        #expect(
            Profile.WaitStrategy.allCases.map(\.rawValue) == [
                "busy-spin", "spin-then-yield", "spin-then-park", "adaptive",
            ])
    }

    @Test func `low latency spins on its own core in small rings`() throws {
        let profile = Profile(.lowLatency, on: try large())
        #expect(profile.waitStrategy.value == .busySpin)
        #expect(profile.pinning.value == .core)
        #expect(profile.ringCapacity.value == 256)
        #expect(profile.batchSize.value == 1)
        #expect(profile.durability.value == .each)
        #expect(profile.hugePages.value == .reserved)
        #expect(profile.isBusyPolling.value)
    }

    @Test func `performance batches in rings of half a second-level cache`() throws {
        let profile = Profile(.performance, on: try large())
        #expect(profile.ringCapacity.value == 8192)
        #expect(profile.batchSize.value == 256)
        #expect(profile.durability.value == .group(maxDelay: .microseconds(400)))
    }

    @Test func `auto and production follow the engine's configuration`() throws {
        let machine = try large()
        let configuration = EngineConfiguration.automatic(for: machine)
        for name in [Profile.Name.auto, .production] {
            let profile = Profile(name, on: machine)
            #expect(profile.ringCapacity == configuration.channelCapacity)
            #expect((profile.pinning.value == .core) == configuration.isAffinityOn.value)
            #expect(
                profile.waitStrategy.value == (name == .auto ? .adaptive : .spinThenPark))
            #expect(profile.durability.value == .group(maxDelay: .microseconds(100)))
            #expect(profile.hugePages.value == .transparent)
            #expect(!profile.isBusyPolling.value)
        }
    }

    @Test func `nothing spins for ever on one core, or on a quota`() throws {
        var quota = try large()
        quota.environment.processorQuota = .known(.atMost(8), source: "cpu.max")
        for machine in [try Machines.synthetic("core:1 pu:2"), quota] {
            for profile in Profile.all(on: machine) {
                #expect(profile.waitStrategy.value != .busySpin)
                #expect(!profile.isBusyPolling.value)
            }
        }
        let single = Profile(.lowLatency, on: try Machines.synthetic("core:1 pu:2"))
        #expect(single.pinning.value == .none)
    }

    @Test func `two cores are too few for a poller`() throws {
        var machine = try Machines.synthetic("core:2 pu:1")
        machine.storage.ioUring.setups = .known(["SQPOLL"], source: "test")
        let profile = Profile(.performance, on: machine)
        #expect(!profile.isBusyPolling.value)
        #expect(profile.waitStrategy.value == .spinThenYield)
    }

    @Test func `every setting of every profile has a reason and is sound on any machine`() throws {
        let machines =
            try [
                "core:1 pu:1", "core:2 pu:1", "numa:2 core:4 pu:2", "pack:8 numa:1 core:16 pu:2",
                "l1d:2(size=64) core:1 pu:1",
            ].map(Machines.synthetic) + [large()]
        for machine in machines {
            for profile in Profile.all(on: machine) {
                let capacity = profile.ringCapacity.value
                #expect(capacity > 0 && capacity & (capacity - 1) == 0)
                #expect((1...capacity).contains(profile.batchSize.value))
                #expect(try JSON.roundTrip(profile) == profile)
                let reasons = [
                    profile.waitStrategy.why, profile.pinning.why, profile.ringCapacity.why,
                    profile.batchSize.why, profile.durability.why, profile.hugePages.why,
                    profile.isBusyPolling.why,
                ]
                #expect(reasons.allSatisfy { !$0.isEmpty })
            }
        }
    }

    @Test func `minimal and testing do not depend on the machine`() throws {
        for name in [Profile.Name.minimal, .testing] {
            let large = Profile(name, on: try large())
            let small = Profile(name, on: try Machines.synthetic("core:1 pu:1"))
            #expect(large == small)
        }
    }

    @Test func `a disk turns only where no hypervisor says so`() throws {
        var machine = try Machines.twoSockets()
        machine.storage.isRotational = .known(true, source: "test")
        machine.environment.virtualisation = .known(
            Machine.Virtualisation(isVirtual: false), source: "test")
        #expect(Profile(.auto, on: machine).durability.value == .group(maxDelay: .milliseconds(8)))
        machine.environment.virtualisation = .known(
            Machine.Virtualisation(isVirtual: true, hypervisor: "KVM"), source: "test")
        #expect(Profile(.auto, on: machine).durability.value == .group(maxDelay: .milliseconds(1)))
    }

    @Test func `durability reads back from its text`() throws {
        let cases: [Profile.Durability] = [
            .none, .each, .group(maxDelay: .milliseconds(1)), .group(maxDelay: .zero),
            .group(maxDelay: Nanoseconds(1_234_567)), .group(maxDelay: .microseconds(100)),
        ]
        for durability in cases {
            #expect(Profile.Durability(durability.description) == durability)
            #expect(try JSON.roundTrip(durability) == durability)
        }
        #expect("\(Profile.Durability.group(maxDelay: .milliseconds(1)))" == "group(1 ms)")
        for text in ["", "group", "group()", "group(1)", "group(-1 ms)", "every", "group(1 MB)"] {
            #expect(Profile.Durability(text) == nil)
        }
    }
}
