import LogSimulation
import Measurement
import RingSimulation

/// Everything that can be measured.
public enum BenchmarkCatalogue {
    /// All benchmarks, in the order in which they are listed.
    public static let all: [any Benchmark.Type] = [
        CoreToCore.self, ChannelLatency<OneToOne>.self, ChannelThroughput<OneToOne>.self,
        ChannelUncontended<OneToOne>.self, ChannelLatency<ManyToOne>.self,
        ChannelThroughput<ManyToOne>.self, ChannelUncontended<ManyToOne>.self,
        ChannelOversubscribed<ManyToOne>.self, ChannelLatency<ManyToMany>.self,
        ChannelThroughput<ManyToMany>.self, ChannelUncontended<ManyToMany>.self,
        ChannelOversubscribed<ManyToMany>.self, ChannelOrder.self, ChannelNeighbours.self,
        ChannelAffinity.self, ChannelSuspension.self,
        ChannelConformance.self, ChannelWakeup.self, RingLookup.self,
        RingReplicas.self, RingSpread.self, RingRelocation.self, RingBuild.self, StorageAppend.self,
        StorageGroup.self, StorageRead.self, StorageWrite.self, StorageSync.self,
        StorageScaling.self, StorePut.self, StoreGet.self, StoreOpening.self, RedisIncrement.self,
        RedisRead.self, EtcdPut.self, EtcdGet.self, EtcdLock.self, EtcdElection.self,
        EtcdRestore.self, EtcdPartition.self, EtcdLease.self, ZooKeeperSet.self,
        ZooKeeperGet.self, ZooKeeperLock.self, NATSAppend.self, HTTPLoad.self,
        TCPRoundTrip.self, TCPThroughput.self, UDPRoundTrip.self, HTTPRoundTrip.self,
        PostgresNextval.self, EngineSizing.self, TimerCalibration.self, EmptyCalibration.self,
        SpinCalibration.self, Slowdown.self, StallCalibration.self, GeneratorCalibration.self,
        ObjectiveCalibration.self, NoiseCalibration.self, CounterCalibration.self,
        SupervisionRestart.self, CommandTimes.self, PoolRoute.self, PoolRoundTrip.self,
        PoolBroadcast.self, PoolAdapt.self,
        PoolResize.self, PoolGuarantees.self, PoolRejections.self, PoolScaling.self,
        PartitionLookup.self, PartitionBalance.self,
        ObeliskRate.self, ObeliskRecovery.self, ObeliskDisk.self, ObeliskGuarantees.self,
        ScarabOne.self, ScarabMany.self, ScarabGuarantees.self,
        SimulatedSafety<GossipScenario>.self, SimulatedSafety<TokenScenario>.self,
        SimulatedSafety<ChainScenario>.self, SimulatedSafety<QuorumScenario>.self,
        SimulatedSafety<CoordinatorScenario>.self, SimulatedSafety<RingScenario>.self,
        SimulatedSafety<LogScenario>.self,
        GossipSpreading.self, GossipDetecting.self, GossipHealing.self, GossipLoading.self,
        GossipLookup.self,
        RingDisagreement.self, RoleLoss.self, CoordinatorFailover.self, CoordinatorOrder.self,
        ReplicationWriting.self, ReplicationReading.self, ReplicationFailover.self,
        ReplicationCatchUp.self, ReplicationLoss.self, ReplicationPartition.self,
        ReplicationRegions.self,
        ReplicationOverProcesses<ByChain>.self, ReplicationOverProcesses<ByQuorum>.self,
        ReplicationComparison.self, ReplicationFailoverOverProcesses.self,
        ReplicationJoinOverProcesses.self,
        LogOverProcesses.self, LogThroughput.self, LogFailover.self,
        TokenOverProcesses.self, GossipOverProcesses.self,
        TokenAcquire.self, TokenIdle.self, TokenRecovery.self, TokenPartition.self,
    ]

    /// What they are called, take and give.
    public static var descriptions: [BenchmarkDescription] { all.map { $0.description } }
}
