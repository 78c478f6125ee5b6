#ifndef NETWORK_CLIENT_H
#define NETWORK_CLIENT_H

#include <stddef.h>

/// Sends `request_size` bytes of `request` and receives `reply_size` into `reply`: one round trip.
/// With `spins` it asks the kernel all the time rather than sleep. Returns 0, or an error number;
/// ECONNRESET where the other end was closed.
int network_client_exchange(int descriptor, const void *request, size_t request_size, void *reply,
                            size_t reply_size, int spins);

/// Sends `count` messages of `size` bytes each and receives them back, with at most `window` of
/// them on their way at any time. `messages` are the bytes of `window` messages, one behind the
/// other and all alike; `replies` has room for as many. Sleeps where neither can go on. Returns 0 or
/// an error number.
int network_client_stream(int descriptor, const void *messages, void *replies, size_t size,
                          size_t window, size_t count);

#endif
