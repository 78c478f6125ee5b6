#ifndef NILOMETER_PERF_H
#define NILOMETER_PERF_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

/// Opens a counter of one of the kernel's software events (`PERF_COUNT_SW_…`) for the calling
/// thread, on whichever processor it runs, and starts it. glibc has no wrapper of the call.
///
/// `with_kernel` counts what happens in the kernel too, which needs more rights; `with_threads`
/// counts the threads and processes that the caller starts from now on as well.
/// Returns a descriptor, or -1 with `errno` set.
int nilometer_perf_open_software(uint64_t event, bool with_kernel, bool with_threads);

/// What a counter gives: the count, and for how many nanoseconds it was wanted and it counted.
struct nilometer_perf_reading {
    uint64_t count;
    uint64_t enabled;
    uint64_t running;
};

/// Reads a counter. Returns 0, or an error number.
int nilometer_perf_read(int counter, struct nilometer_perf_reading *reading);

#endif
