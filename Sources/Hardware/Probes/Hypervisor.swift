import CNilometerShims

/// Whether a hypervisor runs this machine.
enum Hypervisor {
    /// Asks the processor, and where it has no such question the firmware's tables.
    static func detect(_ files: SystemFiles) -> Fact<Machine.Virtualisation> {
        var signature = [CChar](repeating: 0, count: 13)
        // The shim writes at most 13 bytes.
        let answer = unsafe nilometer_hypervisor(&signature)
        let name = String(
            decoding: signature.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch answer {
        case 0: return .known(Machine.Virtualisation(isVirtual: false), source: "CPUID leaf 1")
        case 1:
            return .known(
                Machine.Virtualisation(isVirtual: true, hypervisor: self.name(signature: name)),
                source: "CPUID leaf 0x40000000")
        default: return byFirmware(files)
        }
    }

    /// The name people use for the processor's signature; the signature itself where it is not
    /// known, nothing where it is blank.
    static func name(signature: String) -> String? {
        let known = [
            "KVMKVMKVM": "KVM", "Microsoft Hv": "Hyper-V", "VMwareVMware": "VMware",
            "XenVMMXenVMM": "Xen", "TCGTCGTCGTCG": "QEMU without acceleration",
            "bhyve bhyve ": "bhyve", "ACRNACRNACRN": "ACRN", "prl hyperv  ": "Parallels",
            "VBoxVBoxVBox": "VirtualBox",
        ]
        return known[signature] ?? (signature.trimmed.isEmpty ? nil : signature.trimmed)
    }

    /// Device tree, hypervisor's own directory, DMI: each can say yes, none can say no.
    static func byFirmware(_ files: SystemFiles) -> Fact<Machine.Virtualisation> {
        let named = { (name: String, source: String) -> Fact<Machine.Virtualisation> in
            .known(Machine.Virtualisation(isVirtual: true, hypervisor: name), source: source)
        }
        let type = "/sys/hypervisor/type"
        if let name = files.textFact(type).value { return named(name, type) }
        let tree = "/proc/device-tree/hypervisor/compatible"
        if let name = files.textFact(tree).value { return named(name, tree) }
        for path in ["/sys/class/dmi/id/product_name", "/sys/class/dmi/id/sys_vendor"] {
            guard let text = files.textFact(path).value else { continue }
            let marks = ["KVM", "QEMU", "Virtual Machine", "VMware", "Xen", "VirtualBox"]
            if let mark = marks.first(where: { text.contains($0) }) { return named(mark, path) }
        }
        return .unknown(
            reason: "no sign of a hypervisor, and nothing that would rule one out",
            source: "\(type), device tree, DMI")
    }
}

/// The processor's counter that times short work.
enum TickCounter {
    /// Whether it runs at one rate in every power state.
    static var isInvariant: Fact<Bool> {
        guard nilometer_has_tick_counter() != 0 else {
            return .unknown(reason: "this architecture has no such counter", source: "build")
        }
        #if arch(x86_64)
            let source = "CPUID 0x80000007"
        #else
            let source = "the architecture's definition"
        #endif
        return .known(nilometer_tick_counter_is_invariant() != 0, source: source)
    }
}
