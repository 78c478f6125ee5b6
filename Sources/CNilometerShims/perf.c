#include "nilometer_perf.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int nilometer_perf_open_software(uint64_t event, bool with_kernel, bool with_threads) {
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof attributes,
        .config = event,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .inherit = with_threads,
        .exclude_kernel = !with_kernel,
        .exclude_hv = 1,
    };
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

int nilometer_perf_read(int counter, struct nilometer_perf_reading *reading) {
    ssize_t got;
    do {
        got = read(counter, reading, sizeof *reading);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return errno;
    return got == (ssize_t)sizeof *reading ? 0 : EIO;
}
