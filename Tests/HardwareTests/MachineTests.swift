import Foundation
import Testing

@testable import Hardware

@Suite struct MachineTests {
    @Test func `the running machine describes itself`() throws {
        let machine = try Machine.detect()
        #expect(machine.topology.origin.kind == .runningMachine)
        let allowed = try #require(machine.topology.allowedPUs.value)
        #expect(!allowed.isEmpty)
        #expect(machine.topology.pus.value?.isSuperset(of: allowed) == true)
        let cores = try #require(machine.usableCoreCount.value)
        #expect((1...allowed.count).contains(cores))
        let memory = try #require(machine.memory.total.value)
        let available = try #require(machine.memory.available.value)
        #expect(available <= memory)
        #expect(machine.memory.total.source == "/proc/meminfo MemTotal")
        #expect(machine.environment.kernelRelease.value?.isEmpty == false)
        #expect(machine.storage.filesystem.value?.isEmpty == false)
        #expect(
            machine.storage.mountPoint.value.map { isPath("/", within: $0) || $0 != "" } == true)
    }

    private static let hasSharedMemory = FileManager.default.fileExists(atPath: "/dev/shm")

    @Test(.enabled(if: hasSharedMemory, "needs the usual mount of tmpfs"))
    func `the storage described is that of the directory asked for`() throws {
        let machine = try Machine.detect(.init(measuredDirectory: "/dev/shm"))
        #expect(machine.storage.filesystem.value == "tmpfs")
        #expect(machine.storage.durability.value == .memory)
    }

    @Test func `machines read back from JSON as they were`() throws {
        for machine in try [
            Machine.detect(), Machines.twoSockets(), Machines.fixture("server-two-gpus"),
            Machines.fixture("hybrid"),
        ] {
            let text = try JSON.text(machine)
            #expect(try JSON.value(Machine.self, text) == machine)
            // Stable: written again, it is the same text.
            #expect(try JSON.text(try JSON.value(Machine.self, text)) == text)
        }
    }

    @Test func `a document of another schema is refused with both names`() throws {
        let text = try JSON.text(try Machines.twoSockets())
            .replacingOccurrences(of: Machine.currentSchema, with: "nilometer.machine/999")
        let error = #expect(throws: DecodingError.self) { try JSON.value(Machine.self, text) }
        let description = error.map { "\($0)" } ?? ""
        #expect(description.contains("nilometer.machine/999"))
        #expect(description.contains(Machine.currentSchema))
    }

    @Test func `every fact has a source, and either a value or a reason`() throws {
        for machine in try [Machine.detect(), Machines.twoSockets()] {
            let facts = JSON.facts(in: try JSON.object(try JSON.text(machine)))
            #expect(facts.count > 60)
            for (path, fact) in facts {
                #expect((fact["source"] as? String)?.isEmpty == false, "\(path)")
                #expect((fact["value"] == nil) != (fact["unknown"] == nil), "\(path)")
                #expect(fact["unknown"] as? String != "", "\(path)")
            }
        }
    }

    @Test func `of a machine that is only described nothing live is known`() throws {
        let machine = try Machines.twoSockets()
        let live: [any Encodable] = [machine.storage, machine.counters]
        for group in live {
            for (path, fact) in JSON.facts(in: try JSON.object(try JSON.text(group))) {
                #expect(fact["unknown"] as? String == "not the running machine", "\(path)")
            }
        }
        #expect(machine.memory.available.reason == "not the running machine")
        #expect(machine.environment.load.reason == "not the running machine")
        #expect(machine.accelerators.deviceCount.value == nil)
    }

    @Test func `a fingerprint names the facts in which machines differ`() throws {
        var one = try Machines.twoSockets().fingerprint
        one.processorModel = "A"
        one.kernelMajorVersion = 6
        var other = one
        #expect(one.differences(from: other).isEmpty)
        other.kernelMajorVersion = 5
        other.usableCores = nil
        let differences = one.differences(from: other)
        #expect(differences.map(\.fact) == ["usable cores", "kernel major version"])
        #expect(
            differences.map(\.description) == [
                "usable cores: 24, not unknown", "kernel major version: 6, not 5",
            ])
        #expect(try JSON.roundTrip(one) == one)
    }

    @Test func `what is unknown on both sides is no difference, on one side it is`() throws {
        let one = try Machines.twoSockets().fingerprint
        #expect(one.virtualisation == nil)
        #expect(one.differences(from: one).isEmpty)
        var other = one
        other.virtualisation = "KVM"
        #expect(one.differences(from: other).map(\.fact) == ["virtualisation"])
    }

    @Test func `the running machine has the same fingerprint twice`() throws {
        let one = try Machine.detect().fingerprint
        #expect(one.differences(from: try Machine.detect().fingerprint).isEmpty)
        #expect(one.usableCores != nil)
        #expect(one.kernelMajorVersion != nil)
    }
}
