#ifndef NILOMETER_DESCRIPTOR_WAIT_H
#define NILOMETER_DESCRIPTOR_WAIT_H

#include <poll.h>
#include <stdint.h>

/// Waits until one of `count` descriptors is ready, for `nanoseconds` at most; below 0 for as long as
/// it takes. Returns how many are, or the negative errno.
///
/// ppoll, which Swift's Glibc module does not show: it is declared for _GNU_SOURCE alone.
int nilometer_descriptor_wait(struct pollfd *places, unsigned count, int64_t nanoseconds);

#endif
