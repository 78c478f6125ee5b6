#include "nilometer_known_loop.h"
#include "nilometer_launcher.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int64_t nilometer_launcher_count_known_loop(uint64_t turns) {
    // As in child_counter.c, but of this thread and started by hand.
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.disabled = 1;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    long opened = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (opened < 0) return -errno;
    int counter = (int)opened;
    int64_t result = -ENOSYS;
    if (ioctl(counter, PERF_EVENT_IOC_ENABLE, 0) < 0) {
        result = -errno;
    } else if (nilometer_known_loop(turns)) {
        ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
        uint64_t values[3];
        ssize_t length = read(counter, values, sizeof values);
        if (length < 0) result = -errno;
        else if (length != sizeof values) result = -EIO;
        else if (values[1] != values[2]) result = -EAGAIN;
        else result = (int64_t)values[0];
    }
    close(counter);
    return result;
}
