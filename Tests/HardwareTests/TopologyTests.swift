import CHwloc
import Foundation
import Quantities
import Testing

@testable import Hardware

@Suite struct TopologyTests {
    @Test func `a synthetic description gives packages, nodes, cores and threads`() throws {
        let topology = try Machines.twoSockets().topology
        #expect(topology.origin.kind == .synthetic)
        #expect(topology.packages.value == [CPUSet(0...23), CPUSet(24...47)])
        #expect(topology.nodes.value?.map(\.index) == [0, 1])
        #expect(topology.cores.value?.count == 24)
        #expect(topology.cores.value?[13].pus == [26, 27])
        #expect(topology.cores.value?[13].package == 1)
        #expect(topology.cores.value?[13].node == 1)
        #expect(topology.hasSimultaneousMultithreading.value == true)
        #expect(topology.allowedPUs.value?.count == 48)
        #expect(topology.pus.value == CPUSet(0..<48))
    }

    @Test func `what a description does not state stays unknown, though hwloc invents it`() throws {
        let silent = try Machines.synthetic("pack:1 numa:1 l3:1 l2:4 core:1 pu:1")
        #expect(silent.topology.nodes.value?[0].memory.value == nil)
        #expect(silent.memory.total.value == nil)
        #expect(silent.topology.caches.value?.map(\.name) == ["L2", "L3"])
        #expect(silent.topology.caches.value?.allSatisfy { $0.size.value == nil } == true)
        let stated = try Machines.synthetic(
            "pack:2 numa:1(memory=32GiB) l3:1(size=32MiB) l2:4 core:1 pu:1")
        #expect(stated.memory.total.value == .gibibytes(64))
        let caches = try #require(stated.topology.caches.value)
        #expect(caches.map(\.size.value) == [nil, .mebibytes(32)])
        #expect(caches.allSatisfy { $0.lineSize.value == nil })
    }

    @Test func `where hwloc has no cores each hardware thread counts as one`() throws {
        let topology = try Machines.synthetic("pu:4").topology
        #expect(topology.cores.value?.map(\.pus) == [[0], [1], [2], [3]])
        #expect(topology.cores.source.contains("no cores"))
        #expect(topology.packages.value == nil)
        #expect(topology.cores.value?.allSatisfy { $0.package == nil } == true)
    }

    @Test(arguments: [
        "", "pack:x", "core:0 pu:1", "foo:2 pu:1", "pu:2 core:2", "pack:2 core:2", "core:-1 pu:1",
        "pack:4294967297 pu:1", "pack:2 numa:1 core:12 pu:", "unsinn",
    ])
    func `a description that hwloc refuses is an error that says what was expected`(text: String) {
        let error = #expect(throws: HardwareError.self) { try Machines.synthetic(text) }
        guard case .syntheticDescriptionRefused(text, _)? = error else {
            Issue.record("\(text) gave \(String(describing: error))")
            return
        }
        #expect(error?.description.contains("'\(text)'") == true)
        #expect(error?.description.contains("pack:2 numa:1 core:12 pu:2") == true)
        #expect(error?.description.contains("\n") == false)
        #expect(error?.isBadInput == true)
    }

    @Test(arguments: [
        "core:30000 pu:2", "pack:9223372036854775807 core:4 pu:2", "64 64 64",
        "pack:1 [numa:1(memory=1GB)] core:5000 pu:1(indexes=0-3)",
    ])
    func `an absurd size is refused before hwloc spends minutes on it`(text: String) {
        let error = #expect(throws: HardwareError.self) { try Machines.synthetic(text) }
        #expect(error?.description.contains("more than 4096 hardware threads") == true)
    }

    @Test func `the size of a description is its counts multiplied, attributes aside`() {
        for text in ["pack:2 numa:1 core:12 pu:2", "64 64", "core:8 pu:1(indexes=4096*99999)"] {
            #expect(SyntheticDescription(text).objection == nil)
        }
    }

    @Test func `a missing file, a directory and a file that is no XML are refused with the path`()
        throws
    {
        let system = try FakeSystem([
            "/empty.xml": "", "/text.xml": "not a topology",
            "/cut.xml": "<?xml version=\"1.0\"?>\n<topology version=\"2.0\"><object type=\"Mach",
        ])
        let paths =
            ["/missing.xml", "/empty.xml", "/text.xml", "/cut.xml", ""]
            .map { system.files.location(of: $0) } + ["/dev/zero"]
        for path in paths {
            let error = #expect(throws: HardwareError.self) {
                try Machine.detect(.init(topology: .xmlFile(path)))
            }
            #expect(error?.description.contains(path) == true)
            #expect(error?.description.contains("hwloc XML") == true)
            #expect(error?.isBadInput == true)
        }
    }

    @Test func `an argument is a file when it looks like one or is one`() throws {
        #expect(TopologySource(argument: "big.xml") == .xmlFile("big.xml"))
        #expect(TopologySource(argument: "/tmp/big") == .xmlFile("/tmp/big"))
        #expect(TopologySource(argument: "pack:2 pu:2") == .synthetic("pack:2 pu:2"))
    }

    @Test func `a topology written as XML reads back as the same`() throws {
        let described = try HwlocTopology(
            .synthetic("pack:2 numa:1(memory=8GiB) l3:1(size=16MiB) core:4 pu:2"))
        let system = try FakeSystem()
        let path = system.files.location(of: "/round.xml")
        // hwloc only reads the topology, which `described` keeps alive.
        #expect(unsafe hwloc_topology_export_xml(described.handle, path, 0) == 0)
        let one = Topology(described)
        let other = Topology(try HwlocTopology(.xmlFile(path)))
        #expect(other.packages.value == one.packages.value)
        #expect(other.cores.value == one.cores.value)
        #expect(other.allowedPUs.value == one.allowedPUs.value)
        #expect(other.nodes.value?.map(\.pus) == one.nodes.value?.map(\.pus))
        #expect(other.nodes.value?.map(\.memory.value) == one.nodes.value?.map(\.memory.value))
        #expect(other.caches.value?.map(\.size.value) == one.caches.value?.map(\.size.value))
        #expect(other.caches.value?.map(\.sharers) == one.caches.value?.map(\.sharers))
        #expect(other.origin == Topology.Origin(kind: .xmlFile, text: path))
    }

    @Test func `an XML file brings memory, distances, kernel, devices and interfaces`() throws {
        let machine = try Machines.fixture("server-two-gpus")
        #expect(machine.topology.processorModel.value == "Example Server CPU 12-Core")
        #expect(machine.topology.architecture.value == "x86_64")
        #expect(machine.memory.total.value == .gibibytes(96))
        #expect(machine.topology.distances.value?.latencies == [[10, 21], [21, 10]])
        #expect(machine.topology.distances.value?.nodes == [0, 1])
        #expect(machine.environment.kernelMajorVersion.value == 6)
        #expect(machine.network.interfaces.value?.map(\.name) == ["ens1f0"])
        let devices = try #require(machine.accelerators.devices.value)
        #expect(devices.map(\.kind) == [.display, .gpu, .gpu])
        #expect(devices[1].name.value == "NVIDIA Corporation GH100 [H100 SXM5 80GB]")
        #expect(devices[2].name.value == nil)
        #expect(machine.accelerators.deviceCount.value == 2)
    }

    @Test func `hybrid cores are told apart by kind`() throws {
        let topology = try Machines.fixture("hybrid").topology
        let kinds = try #require(topology.kinds.value)
        #expect(kinds.map(\.efficiency) == [0, 1])
        #expect(kinds.map { $0.properties["CoreType"] } == ["IntelAtom", "IntelCore"])
        #expect(kinds[0].pus == [16, 18, 20, 22])
        #expect(kinds[1].pus == CPUSet(0...15))
        #expect(topology.cores.value?.count == 12)
        #expect(topology.usableCores.value?.map(\.pus.count).reduce(0, +) == 20)
    }

    @Test func `usable cores are those with an allowed thread, and only with those`() throws {
        var topology = try Machines.twoSockets().topology
        topology.allowedPUs = .known([3, 30, 31, 999], source: "test")
        #expect(topology.usableCores.value?.map(\.index) == [1, 15])
        #expect(topology.usableCores.value?.map(\.pus) == [[3], [30, 31]])
        #expect(topology.usableNodeCount.value == 2)
        topology.allowedPUs = .known([3], source: "test")
        #expect(topology.usableNodeCount.value == 1)
        topology.allowedPUs = .unknown(reason: "hidden", source: "test")
        #expect(topology.usableCores.value == nil)
        #expect(topology.usableCores.reason == "hidden")
        #expect(topology.usableNodeCount.value == nil)
    }

    @Test func `two memories of one socket are one locality`() throws {
        var topology = try Machines.synthetic("pack:2 numa:1 core:4 pu:1").topology
        var nodes = try #require(topology.nodes.value)
        // High-bandwidth memory beside the ordinary one, and a node of memory alone.
        nodes.append(Topology.Node(index: 2, pus: nodes[0].pus, memory: .notRunning))
        nodes.append(Topology.Node(index: 3, pus: [], memory: .notRunning))
        topology.nodes = .known(nodes, source: "test")
        #expect(topology.usableNodeCount.value == 2)
    }
}
