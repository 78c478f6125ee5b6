#ifndef NILOMETER_OVERWRITE_H
#define NILOMETER_OVERWRITE_H

#include <stddef.h>
#include <stdint.h>

/// Creates a file of `size` zeroes that are written and synced, so that overwriting any of them
/// changes neither its length nor its blocks.
///
/// Returns the descriptor, which the caller closes, or the negative errno; the file must not be
/// there yet.
int nilometer_overwrite_open(const char *path, int64_t size);

/// Writes `count` bytes at `offset` and syncs the data. Returns 0 or the errno.
int nilometer_overwrite_sync(int descriptor, const void *bytes, size_t count, int64_t offset);

#endif
