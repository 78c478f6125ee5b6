import Benchmarks
import Claims
import Hardware

extension Facts {
    /// What claims may ask of `machine` beside its figures; what is unknown is left out.
    init(of machine: Machine) {
        var facts = [
            "gossip-period-default": "\(EngineDefaults.gossipPeriod)",
            "virtual-nodes-default": "\(EngineDefaults.virtualNodes)",
        ]
        if let kernel = machine.environment.kernelRelease.value {
            // 6.18.44-1-amd64: the numbers before the distribution's own suffix.
            let numbers = kernel.prefix { $0.isNumber || $0 == "." }
            facts["kernel"] = numbers.split(separator: ".").joined(separator: ".")
        }
        facts["io-uring"] = machine.storage.ioUring.works.value.map { $0 ? "yes" : "no" }
        facts["numa-nodes"] = machine.topology.nodes.value.map { "\($0.count)" }
        facts["accelerators"] = machine.accelerators.deviceCount.value.map { "\($0)" }
        facts["cores"] = machine.usableCoreCount.value.map { "\($0)" }
        facts["virtualised"] =
            machine.environment.virtualisation.value.map { $0.isVirtual ? "yes" : "no" }
        facts["storage"] = Facts.storageKind(of: machine)
        self.init(facts)
    }

    /// The kind of storage under the measured directory; a virtual machine's disk says nothing
    /// of the device behind it unless it is passed through as NVMe.
    private static func storageKind(of machine: Machine) -> String? {
        let storage = machine.storage
        if storage.durability.value == .memory { return "memory" }
        if storage.isNVMe.value == true { return "nvme" }
        if machine.environment.virtualisation.value?.isVirtual == true { return "virtual" }
        return storage.isRotational.value.map { $0 ? "rotational" : "ssd" }
    }
}
