#ifndef NILOMETER_MEMORY_NODE_H
#define NILOMETER_MEMORY_NODE_H

/// The NUMA node of the page at `address`, which has been written to; minus an error number where the
/// kernel does not say.
int nilometer_memory_node(const void *address);

/// The NUMA node of the processor that the calling thread runs on; minus an error number where the
/// kernel does not say.
int nilometer_current_node(void);

#endif
