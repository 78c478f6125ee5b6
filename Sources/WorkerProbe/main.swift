import SharedNothing

// Started by the tests of processes: as the parent of a worker's process in the test that kills a
// parent, otherwise as that process.
var registry = ProcessRegistry()
registry.register(ProbeWorker(), as: "probe")
registry.register(EchoWorker(), as: "echo")
registry.register(PoisonWorker(), as: "poison")
registry.register(SnapshotWorker(), as: "snapshots")
registry.runIfChild()
ProbeParent.run(Array(CommandLine.arguments.dropFirst()))
