#ifndef NILOMETER_DOORBELL_H
#define NILOMETER_DOORBELL_H

/// Makes an event counter (eventfd), at 0 and closed on exec. Returns the descriptor or the negative
/// errno.
///
/// Swift's Glibc module has no eventfd.h.
int nilometer_doorbell_make(void);

/// Adds one to the counter and wakes who reads it.
void nilometer_doorbell_ring(int descriptor);

#endif
