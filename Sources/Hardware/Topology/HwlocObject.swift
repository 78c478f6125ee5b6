import CHwloc

/// An object of a loaded topology: a core, a cache, a device.
///
/// Safe to use: the pointer belongs to the topology, which this value keeps alive and which nobody
/// changes after loading. Everything read through it is copied.
@safe struct HwlocObject {
    private let owner: HwlocTopology
    private let pointer: hwloc_obj_t

    /// The objects of `type` in `topology`, in hwloc's logical order.
    static func all(_ type: hwloc_obj_type_t, in topology: HwlocTopology) -> [HwlocObject] {
        var found: [HwlocObject] = []
        var next = unsafe hwloc_get_next_obj_by_type(topology.handle, type, nil)
        while let object = unsafe next {
            found.append(unsafe HwlocObject(owner: topology, pointer: object))
            unsafe next = hwloc_get_next_obj_by_type(topology.handle, type, object)
        }
        return found
    }

    /// The hardware threads below it; none for one that has no set, such as a device.
    var pus: CPUSet {
        guard let set = unsafe pointer.pointee.cpuset else { return [] }
        return unsafe CPUSet(bitmap: set)
    }

    /// The number that the kernel gives it.
    var systemIndex: Int { unsafe Int(pointer.pointee.os_index) }

    /// Its own name, which devices have.
    var name: String? { unsafe pointer.pointee.name.map { unsafe String(cString: $0) } }

    /// What kind of device it is, in its vendor's or hwloc's words.
    var subtype: String? { unsafe pointer.pointee.subtype.map { unsafe String(cString: $0) } }

    /// The text that hwloc attached under `name`, unless it is blank.
    func info(_ name: String) -> String? {
        guard let text = unsafe hwloc_obj_get_info_by_name(pointer, name) else { return nil }
        let value = unsafe String(cString: text).trimmed
        return value.isEmpty ? nil : value
    }

    /// Cache attributes. The object must be a cache: the attributes are a union.
    var cache: hwloc_cache_attr_s {
        precondition(unsafe hwloc_obj_type_is_cache(pointer.pointee.type) != 0, "not a cache")
        return unsafe pointer.pointee.attr.pointee.cache
    }

    /// The bytes of memory of a NUMA node. The object must be one.
    var localMemory: UInt64 {
        precondition(unsafe pointer.pointee.type == HWLOC_OBJ_NUMANODE, "not a NUMA node")
        return unsafe pointer.pointee.attr.pointee.numanode.local_memory
    }

    /// What the PCI bus says of a device; `nil` for anything else.
    var pci: PCIDevice? {
        guard unsafe pointer.pointee.type == HWLOC_OBJ_PCI_DEVICE else { return nil }
        let attributes = unsafe pointer.pointee.attr.pointee.pcidev
        return PCIDevice(
            address: PCIAddress(
                domain: UInt32(attributes.domain), bus: attributes.bus, device: attributes.dev,
                function: attributes.func),
            classCode: attributes.class_id, vendor: attributes.vendor_id,
            device: attributes.device_id,
            name: [info("PCIVendor"), info("PCIDevice")].compactMap(\.self)
                .joined(separator: " "),
            node: localNode)
    }

    /// The class of a device that the operating system names; `nil` for anything else.
    var systemDeviceType: hwloc_obj_osdev_type_t? {
        guard unsafe pointer.pointee.type == HWLOC_OBJ_OS_DEVICE else { return nil }
        return unsafe pointer.pointee.attr.pointee.osdev.type
    }

    /// The PCI device that this one hangs on.
    var pciAncestor: PCIDevice? {
        var above = unsafe pointer.pointee.parent
        while let parent = unsafe above {
            if let found = unsafe HwlocObject(owner: owner, pointer: parent).pci { return found }
            unsafe above = parent.pointee.parent
        }
        return nil
    }

    /// The NUMA node next to a device, when there is just one.
    private var localNode: Int? {
        guard let place = unsafe hwloc_get_non_io_ancestor_obj(owner.handle, pointer),
            let nodes = unsafe place.pointee.nodeset
        else { return nil }
        let indexes = unsafe CPUSet(bitmap: nodes)
        return indexes.count == 1 ? indexes.first : nil
    }
}
