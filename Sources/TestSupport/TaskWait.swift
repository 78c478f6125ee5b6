/// Waits until `condition` holds, or the task is cancelled, as a test is whose time is over. Tasks that wait so leave
/// the few threads that all tasks have to the others.
public func yield(until condition: () -> Bool) async {
    while !condition(), !Task.isCancelled { await Task.yield() }
}
