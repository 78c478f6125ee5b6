#include "nilometer_descriptor_wait.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

int nilometer_descriptor_wait(struct pollfd *places, unsigned count, int64_t nanoseconds) {
    struct timespec limit = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int answer = ppoll(places, count, nanoseconds < 0 ? NULL : &limit, NULL);
    return answer < 0 ? -errno : answer;
}
