#include "nilometer_opencl.h"

#include "nilometer_quiet_child.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The few names of the OpenCL 1.2 ABI that are used, so that no header is needed to build
// (Khronos, cl.h).
typedef int32_t (*get_platforms)(uint32_t, void **, uint32_t *);
typedef int32_t (*get_platform_info)(void *, uint32_t, size_t, void *, size_t *);
typedef int32_t (*get_devices)(void *, uint64_t, uint32_t, void **, uint32_t *);
typedef int32_t (*get_device_info)(void *, uint32_t, size_t, void *, size_t *);

enum {
    platform_name = 0x0902,
    device_type = 0x1000,
    device_compute_units = 0x1002,
    device_name = 0x102B,
    most_platforms = 16,
    most_devices = 64,
};

static const uint64_t every_type = 0xFFFFFFFFu;

/// Tabs and line ends part the report's fields; a driver's text may not hold any.
static void plain(char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ') *text = ' ';
}

static void list_devices(FILE *out, void *library, void *platform) {
    get_platform_info platform_info = (get_platform_info)dlsym(library, "clGetPlatformInfo");
    get_devices devices_of = (get_devices)dlsym(library, "clGetDeviceIDs");
    get_device_info info = (get_device_info)dlsym(library, "clGetDeviceInfo");
    if (platform_info == NULL || devices_of == NULL || info == NULL) return;
    char platform_text[256] = "";
    platform_info(platform, platform_name, sizeof platform_text - 1, platform_text, NULL);
    plain(platform_text);
    void *devices[most_devices];
    uint32_t count = 0;
    if (devices_of(platform, every_type, most_devices, devices, &count) != 0) return;
    if (count > most_devices) count = most_devices;
    for (uint32_t i = 0; i < count; i++) {
        char name[256] = "";
        uint64_t type = 0;
        uint32_t units = 0;
        info(devices[i], device_name, sizeof name - 1, name, NULL);
        info(devices[i], device_type, sizeof type, &type, NULL);
        info(devices[i], device_compute_units, sizeof units, &units, NULL);
        plain(name);
        fprintf(out, "device\t%llu\t%u\t%s\t%s\n", (unsigned long long)type, units, name,
                platform_text);
    }
}

static void probe(FILE *out) {
    void *library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        char reason[512];
        const char *text = dlerror();
        snprintf(reason, sizeof reason, "%s", text == NULL ? "dlopen gave no reason" : text);
        plain(reason);
        fprintf(out, "missing\t%s\n", reason);
        return;
    }
    get_platforms platforms_of = (get_platforms)dlsym(library, "clGetPlatformIDs");
    if (platforms_of == NULL) {
        fprintf(out, "missing\tlibOpenCL.so.1 has no clGetPlatformIDs\n");
        return;
    }
    void *platforms[most_platforms];
    uint32_t count = 0;
    int32_t status = platforms_of(most_platforms, platforms, &count);
    if (status != 0) {
        fprintf(out, "refused\t%d\n", status);
        return;
    }
    if (count > most_platforms) count = most_platforms;
    for (uint32_t i = 0; i < count; i++) list_devices(out, library, platforms[i]);
}

static void run_child(int writing) {
    nilometer_become_quiet();
    FILE *out = fdopen(writing, "w");
    if (out != NULL) {
        probe(out);
        fprintf(out, "end\n");
        fflush(out);
    }
    _exit(0);
}

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Reads until the child closes its end; the bytes read, or minus an error number.
static long drain(int reading, char *report, size_t capacity, int64_t deadline) {
    size_t length = 0;
    for (;;) {
        int64_t left = deadline - now_ms();
        if (left <= 0) return -ETIMEDOUT;
        struct pollfd end = {.fd = reading, .events = POLLIN};
        int ready = poll(&end, 1, (int)left);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return -errno;
        if (ready == 0) return -ETIMEDOUT;
        if (length + 1 >= capacity) return -E2BIG;
        ssize_t got = read(reading, report + length, capacity - 1 - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        if (got == 0) return (long)length;
        length += (size_t)got;
    }
}

long nilometer_opencl_report(char *report, size_t capacity, int timeout_ms) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    pid_t child = fork();
    if (child < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return -error;
    }
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1]);
    }
    close(ends[1]);
    long length = drain(ends[0], report, capacity, now_ms() + timeout_ms);
    close(ends[0]);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    if (length < 0) return length;
    report[length] = '\0';
    // The last line is the child's promise that it got to the end.
    static const char last[] = "end\n";
    size_t mark = sizeof last - 1;
    if ((size_t)length < mark || memcmp(report + length - mark, last, mark) != 0)
        return -ECANCELED;
    report[length - (long)mark] = '\0';
    return length - (long)mark;
}
