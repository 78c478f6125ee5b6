import Quantities

@testable import Diagnosis
@testable import Hardware
@testable import Measurement

extension CheckTests {
    private static func known<Value>(_ value: Value) -> Fact<Value> { Patient.known(value) }

    static let noises: [Sickness] = [
        Sickness(id: "jitter", severity: .serious, measured: "preempted", cost: 3) {
            $0.jitter[0] = Patient.jitter(0, gaps: [12_000, 18_000], switched: true)
        },
        Sickness(id: "jitter", severity: .notable, measured: "longest gap 1.5 ms", cost: 0.15) {
            $0.jitter[0] = Patient.jitter(0, gaps: [1500])
        },
        Sickness(id: "jitter", severity: .notable, measured: "interrupt", cost: 0.2) {
            $0.jitter[0] = Patient.jitter(
                0, gaps: [Double](repeating: 20, count: 100), events: Patient.timer(200))
        },
        Sickness(id: "jitter", severity: .serious, measured: "stolen by", cost: 1.5) {
            $0.jitter[0] = Patient.jitter(
                0, gaps: [15_000], events: JitterEvents(stolen: 20e6))
        },
        Sickness(id: "jitter", severity: .serious, measured: "held back", cost: 8) {
            $0.jitter[0] = Patient.jitter(
                0, gaps: [80_000], events: JitterEvents(throttled: 80e6), switched: true)
        },
        Sickness(id: "tick-counters", severity: .serious, measured: "backwards 2 times") {
            $0.jitter[0] = Patient.jitter(0, backwards: 2)
        },
        Sickness(
            id: "placement", severity: .serious, measured: "2 changes of class in 1 s", cost: 8
        ) { $0.placement = Patient.placement([50, 50, 400, 400, 400, 50, 50]) },
        Sickness(id: "placement", severity: .notable, measured: "1 changes", cost: 1.25) {
            $0.placement = Patient.placement([240, 240, 300, 300])
        },
        Sickness(id: "stolen-time", severity: .serious, measured: "30 ms of 1 s", cost: 1.5) {
            $0.meanwhile.units = [
                .init(processingUnit: 0, busyShare: 1, stolen: 30e6),
                .init(processingUnit: 1, busyShare: 1, stolen: 0),
            ]
        },
        Sickness(id: "busy-processes", severity: .notable, measured: "cc1 (77) 20 %", cost: 20) {
            $0.meanwhile.busyProcesses = [.init(number: 77, name: "cc1", processors: 0.2)]
        },
        Sickness(id: "busy-processes", severity: .serious, measured: "and 1 more", cost: 60) {
            $0.meanwhile.busyProcesses = (1...6).map {
                .init(number: $0, name: "p", processors: 0.1)
            }
        },
        Sickness(id: "load", severity: .serious, measured: "4 tasks wanted to run") {
            $0.machine.environment.load = known(load(4))
        },
        Sickness(id: "load", severity: .notable, measured: "1 tasks wanted to run") {
            $0.machine.environment.load = known(load(1))
        },
    ]

    static let rates: [Sickness] = [
        Sickness(id: "core-speed", severity: .serious, measured: "clock's rate", cost: 20) {
            $0.work[0] = Patient.work(0, chain: 1.2, wide: 1.2)
        },
        Sickness(id: "core-speed", severity: .notable, measured: "shared the core", cost: 8) {
            $0.work[0] = Patient.work(0, wide: 1.08)
        },
        Sickness(id: "clock-source", severity: .serious, measured: "hpet", cost: 900) {
            $0.machine.environment.clockSource = known("hpet")
            $0.settings.costs.kernelClock = 900
        },
        Sickness(id: "tick-counter", severity: .notable, measured: "rate changes", cost: 22) {
            $0.machine.environment.isTickCounterInvariant = known(false)
        },
        Sickness(id: "frequency", severity: .notable, measured: "powersave", cost: 2) {
            $0.machine.environment.frequencyGovernors = known(["powersave"])
            $0.work[0] = Patient.work(0, chain: 1.02)
        },
        Sickness(id: "frequency", severity: .harmless, measured: "the host decides") {
            $0.machine.environment.frequencyGovernors = Patient.unknown()
            $0.machine.environment.virtualisation = known(.init(isVirtual: true))
            $0.work = []
        },
        Sickness(id: "boost", severity: .notable, measured: "may run faster", cost: 0) {
            $0.machine.environment.frequencyBoost = known(true)
        },
        Sickness(id: "smt-siblings", severity: .notable, measured: "1 is on, busy for 40 %") {
            $0.machine.topology.cores = known([.init(index: 0, pus: [0, 1])])
            $0.processingUnits = [0]
            $0.meanwhile.units[1] = .init(processingUnit: 1, busyShare: 0.4, stolen: 0)
        },
        Sickness(id: "smt-siblings", severity: .serious, measured: "1 is measured on as well") {
            $0.machine.topology.cores = known([.init(index: 0, pus: [0, 1])])
        },
    ]

    static let limits: [Sickness] = [
        Sickness(id: "cpu-quota", severity: .serious, measured: "held back for 100 ms", cost: 10) {
            $0.machine.environment.processorQuota = known(.atMost(1.5))
            $0.meanwhile.throttled = 100e6
        },
        Sickness(id: "cpu-quota", severity: .notable, measured: "1.5 processors; whether") {
            $0.machine.environment.processorQuota = known(.atMost(1.5))
        },
        Sickness(id: "cpuset", severity: .harmless, measured: "0, 1 of 2") {
            $0.machine.topology.allowedPUs = known([0])
        },
        Sickness(id: "memory-limit", severity: .harmless, measured: "2 GiB of 16 GiB") {
            $0.machine.environment.memoryLimit = known(.atMost(.gibibytes(2)))
        },
        Sickness(id: "virtualisation", severity: .harmless, measured: "KVM; stolen time is acc") {
            $0.machine.environment.virtualisation = known(
                .init(isVirtual: true, hypervisor: "KVM"))
        },
        Sickness(id: "virtualisation", severity: .harmless, measured: "is not accounted for") {
            $0.machine.environment.virtualisation = known(.init(isVirtual: true))
            $0.meanwhile.units = []
        },
        Sickness(id: "isolation", severity: .harmless, measured: "0-1 not isolated", cost: 0.0003) {
            $0.machine.environment.ticklessPUs = known([])
        },
        Sickness(id: "disk-space", severity: .serious, measured: "1 GiB free of 100 GiB, 1 %") {
            $0.settings.space = known(.init(free: .gibibytes(1), total: .gibibytes(100)))
        },
        Sickness(id: "disk-space", severity: .notable, measured: "9 %") {
            $0.settings.space = known(.init(free: .gibibytes(9), total: .gibibytes(100)))
        },
    ]

    static let memory: [Sickness] = [
        Sickness(id: "swap", severity: .notable, measured: "1 GiB is swapped out; 0 pages") {
            $0.settings.usedSwap = known(.gibibytes(1))
        },
        Sickness(id: "swap", severity: .serious, measured: "12 pages moved") {
            $0.meanwhile.swappedPages = 12
        },
        Sickness(id: "available-memory", severity: .serious, measured: "512 MiB of 16 GiB") {
            $0.machine.memory.available = known(.mebibytes(512))
        },
        Sickness(id: "available-memory", severity: .notable, measured: "6.25 %") {
            $0.machine.memory.available = known(.gibibytes(1))
        },
        Sickness(id: "fragmentation", severity: .notable, measured: "5 % of the free memory") {
            $0.settings.largeBlockShare = known(0.05)
        },
        Sickness(id: "transparent-huge-pages", severity: .harmless, measured: "all memory") {
            $0.machine.memory.transparentHugePages = known("always")
        },
        Sickness(id: "numa-balancing", severity: .notable, measured: "between 2 nodes") {
            $0.machine.environment.isNUMABalancing = known(true)
            let node = { Topology.Node(index: $0, pus: [$0], memory: Patient.unknown()) }
            $0.machine.topology.nodes = known([node(0), node(1)])
        },
    ]

    static let settings: [Sickness] = [
        Sickness(id: "address-layout", severity: .notable, measured: "the same in every") {
            $0.settings.addressRandomisation = known(0)
        },
        Sickness(id: "hardware-events", severity: .notable, measured: "perf_event_paranoid is 4") {
            $0.machine.counters.perfEventParanoia = known(4)
        },
        Sickness(id: "hardware-events", severity: .harmless, measured: "nobody looked") {
            $0.machine.counters.hardwareEvents = Patient.unknown()
        },
        Sickness(id: "mitigations", severity: .harmless, measured: "1 are active: b", cost: 120) {
            $0.machine.environment.mitigations = known([
                "a": "Not affected", "b": "Mitigation: PTI",
            ])
        },
    ]

    /// A load of so many tasks in every average.
    private static func load(_ tasks: Double) -> Machine.Load {
        Machine.Load(
            oneMinute: tasks, fiveMinutes: tasks, fifteenMinutes: tasks, runnableTasks: 1)
    }
}
