#include "launcher.h"

#include "nilometer_clock.h"
#include "nilometer_launcher.h"
#include "raw_calls.h"

#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { shared_bytes = 4 << 20 };


static void keep(struct nilometer_launch *launch, uintptr_t start, uintptr_t end) {
    if (launch->kept_count == most_ranges) return;
    // 64 KiB pages are the largest that these architectures have.
    struct address_range range = {start & ~(uintptr_t)0xffff, (end + 0xffff) & ~(uintptr_t)0xffff};
    int at = launch->kept_count++;
    for (; at > 0 && launch->kept[at - 1].start > range.start; at--)
        launch->kept[at] = launch->kept[at - 1];
    launch->kept[at] = range;
}

static void merge(struct nilometer_launch *launch) {
    int count = 0;
    for (int i = 0; i < launch->kept_count; i++) {
        struct address_range next = launch->kept[i];
        if (count > 0 && next.start <= launch->kept[count - 1].end) {
            if (next.end > launch->kept[count - 1].end) launch->kept[count - 1].end = next.end;
        } else {
            launch->kept[count++] = next;
        }
    }
    launch->kept_count = count;
}

// Keeps the read-only segments of the object that holds the launcher's code.
static int keep_code(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    uintptr_t code = (uintptr_t)&nilometer_become_launcher;
    int holds = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && code >= start
            && code < start + info->dlpi_phdr[i].p_memsz)
            holds = 1;
    }
    if (!holds) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_W) == 0)
            keep(context, start, start + info->dlpi_phdr[i].p_memsz);
    }
    return 1;
}

static void keep_what_is_needed(struct nilometer_launch *launch) {
    dl_iterate_phdr(keep_code, launch);
    keep(launch, (uintptr_t)launch, (uintptr_t)launch + shared_bytes);
    uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
    keep(launch, stack - (256 << 10), stack + (16 << 10));
    // The thread's control block: the kernel writes to it (restartable sequences).
    uintptr_t thread = (uintptr_t)__builtin_thread_pointer();
    keep(launch, thread - 4096, thread + 4096);
    // The kernel may have sealed its own pages.
    uintptr_t kernels = getauxval(AT_SYSINFO_EHDR);
    if (kernels != 0) keep(launch, kernels - (128 << 10), kernels + (64 << 10));
    merge(launch);
}

static void close_all(const int *descriptors, int count) {
    for (int i = 0; i < count; i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
}

static void reap(int process) {
    int status;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {}
}

int nilometer_launcher_open(struct nilometer_launcher *launcher, int keep_errors, int adopt) {
    struct nilometer_launch *launch = mmap(0, shared_bytes, PROT_READ | PROT_WRITE,
                                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (launch == MAP_FAILED) return -errno;
    int ends[7] = {-1, -1, -1, -1, -1, -1, -1};
    int opened = open("/dev/null", O_RDWR | O_CLOEXEC);
    int failed = opened < 0 || pipe2(ends, O_CLOEXEC) < 0 || pipe2(ends + 2, O_CLOEXEC) < 0
                 || (keep_errors && pipe2(ends + 4, O_CLOEXEC) < 0);
    // Above the standard streams, which programs have theirs in place of.
    if (!failed) ends[6] = fcntl(opened, F_DUPFD_CLOEXEC, 3);
    if (opened >= 0) close(opened);
    if (failed || ends[6] < 0 || (keep_errors && fcntl(ends[4], F_SETFL, O_NONBLOCK) < 0)) {
        int error = errno;
        close_all(ends, 7);
        munmap(launch, shared_bytes);
        return -error;
    }
    launch->orders = ends[0];
    launch->answers = ends[3];
    launch->nowhere = ends[6];
    launch->errors = ends[5];
    launch->owners[0] = ends[1];
    launch->owners[1] = ends[2];
    launch->owners[2] = ends[4];
    launch->process = -ECHILD;
    launch->kept_count = 0;
    keep_what_is_needed(launch);
    // Before there is a launcher: programs inherit from it who adopts their orphans.
    int adopts = adopt && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
    // Not fork(3): its handlers belong to libraries that are about to be unmapped in the child.
    long first = raw_call(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (first == 0) nilometer_become_launcher(launch);
    int error = first < 0 ? (int)-first : 0;
    if (first > 0) {
        reap((int)first);
        if (launch->process < 0) error = -launch->process;
    }
    int theirs[4] = {ends[0], ends[3], ends[5], ends[6]};
    close_all(theirs, 4);
    *launcher = (struct nilometer_launcher){.launch = launch,
                                            .bytes = shared_bytes,
                                            .orders = ends[1],
                                            .answers = ends[2],
                                            .errors = ends[4],
                                            .process = launch->process,
                                            .adopts = adopts};
    if (error != 0) {
        launcher->process = -1;
        nilometer_launcher_close(launcher);
    }
    return -error;
}

void nilometer_launcher_close(struct nilometer_launcher *launcher) {
    int ours[3] = {launcher->orders, launcher->answers, launcher->errors};
    close_all(ours, 3);
    // Without anybody to give it orders the launcher ends.
    if (launcher->process > 0) reap(launcher->process);
    if (launcher->adopts) prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    munmap(launcher->launch, launcher->bytes);
    launcher->launch = 0;
}

int nilometer_launcher_bind(struct nilometer_launcher *launcher, const void *mask, size_t bytes) {
    if (bytes > sizeof launcher->launch->affinity) return -EINVAL;
    memcpy(launcher->launch->affinity, mask, bytes);
    launcher->launch->affinity_bytes = bytes;
    return 0;
}

// Copies strings into the shared pages.
struct writer {
    char *at, *end;
};

static char *copied(struct writer *writer, const char *text) {
    size_t bytes = strlen(text) + 1;
    if ((size_t)(writer->end - writer->at) < bytes) return 0;
    char *copy = memcpy(writer->at, text, bytes);
    writer->at += bytes;
    return copy;
}

static char **copied_list(struct writer *writer, char *const *list, const char *extra) {
    size_t count = 0;
    while (list[count] != 0) count++;
    size_t size = (count + (extra != 0) + 1) * sizeof(char *);
    char *aligned = (char *)(((uintptr_t)writer->at + 15) & ~(uintptr_t)15);
    if (writer->end < aligned || (size_t)(writer->end - aligned) < size) return 0;
    char **copy = (char **)(void *)aligned;
    writer->at = aligned + size;
    for (size_t i = 0; i < count; i++)
        if ((copy[i] = copied(writer, list[i])) == 0) return 0;
    if (extra != 0 && (copy[count++] = copied(writer, extra)) == 0) return 0;
    copy[count] = 0;
    return copy;
}

int nilometer_launcher_load(struct nilometer_launcher *launcher, const char *path,
                            char *const *arguments, char *const *environment, const char *extra) {
    struct nilometer_launch *launch = launcher->launch;
    struct writer writer = {launch->text, (char *)launch + launcher->bytes};
    launch->path = copied(&writer, path);
    launch->arguments = copied_list(&writer, arguments, 0);
    launch->environment = copied_list(&writer, environment, extra);
    if (launch->path == 0 || launch->arguments == 0 || launch->environment == 0) return -E2BIG;
    return 0;
}

// Has the loaded program started; its process number, or minus an error number.
static int start(struct nilometer_launcher *launcher) {
    const char order = order_run;
    char answer;
    if (write(launcher->orders, &order, 1) != 1) return -errno;
    ssize_t length;
    do length = read(launcher->answers, &answer, 1);
    while (length < 0 && errno == EINTR);
    if (length != 1) return -ECHILD;
    return launcher->launch->process;
}

static void done(struct nilometer_launcher *launcher) {
    const char order = order_done;
    ssize_t ignored = write(launcher->orders, &order, 1);
    (void)ignored;
}

static int waited(int process, int *status, int options, struct rusage *usage) {
    int found;
    do found = wait4(process, status, options, usage);
    while (found < 0 && errno == EINTR);
    return found;
}

// The last bytes of what is written to a pipe.
struct tail {
    char *bytes;
    size_t capacity, length;
};

// More than a pipe holds.
enum { most_chunks = 64 };

// Reads what is there, but not for as long as somebody goes on writing.
static void drain(int descriptor, struct tail *tail) {
    char chunk[4096];
    for (int i = 0; i < most_chunks; i++) {
        ssize_t length = read(descriptor, chunk, sizeof chunk);
        if (length <= 0) return;
        size_t fresh = (size_t)length;
        const char *from = chunk;
        if (fresh > tail->capacity) {
            from += fresh - tail->capacity;
            fresh = tail->capacity;
        }
        if (tail->length + fresh > tail->capacity) {
            size_t dropped = tail->length + fresh - tail->capacity;
            memmove(tail->bytes, tail->bytes + dropped, tail->length - dropped);
            tail->length -= dropped;
        }
        memcpy(tail->bytes + tail->length, from, fresh);
        tail->length += fresh;
    }
}

// Waits while the error output is read, so that a program with much to say does not block.
static int waited_reading(struct nilometer_launcher *launcher, int process, int *status,
                          struct rusage *usage, struct tail *tail) {
    struct pollfd errors = {.fd = launcher->errors, .events = POLLIN};
    int found;
    while ((found = waited(process, status, WNOHANG, usage)) == 0) {
        poll(&errors, 1, 2);
        drain(launcher->errors, tail);
    }
    return found;
}

static int64_t microseconds(struct timeval time) {
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

int nilometer_launcher_run(struct nilometer_launcher *launcher, int64_t limit, int ticks,
                           struct nilometer_program_end *end, char *tail, size_t capacity,
                           size_t *length) {
    struct nilometer_launch *launch = launcher->launch;
    launch->limit = limit;
    launch->ticks = ticks;
    int process = start(launcher);
    if (process < 0) return process;
    struct rusage usage;
    int status = 0;
    struct tail kept = {tail, capacity, 0};
    int found = launcher->errors >= 0
                    ? waited_reading(launcher, process, &status, &usage, &kept)
                    : waited(process, &status, 0, &usage);
    uint64_t ended = ticks ? nilometer_ticks_end() : nilometer_monotonic_raw();
    int error = found < 0 ? errno : 0;
    done(launcher);
    int left = nilometer_launcher_end_rest(process, launcher->process, launcher->adopts);
    // Once nobody is left who could write any more.
    if (launcher->errors >= 0) drain(launcher->errors, &kept);
    if (error != 0) return -error;
    if (launch->error != 0) return -launch->error;
    if (length != 0) *length = kept.length;
    *end = (struct nilometer_program_end){.started = launch->started,
                                          .ended = ended,
                                          .status = status,
                                          .timed_out = launch->timed_out,
                                          .left_processes = left,
                                          .user_time = microseconds(usage.ru_utime),
                                          .system_time = microseconds(usage.ru_stime),
                                          .peak_memory = usage.ru_maxrss,
                                          .minor_faults = usage.ru_minflt,
                                          .major_faults = usage.ru_majflt,
                                          .voluntary_switches = usage.ru_nvcsw,
                                          .involuntary_switches = usage.ru_nivcsw};
    return 0;
}

int64_t nilometer_launcher_level(struct nilometer_launcher *launcher) {
    struct nilometer_program_end end;
    launcher->launch->path = 0;
    int result = nilometer_launcher_run(launcher, -1, 0, &end, 0, 0, 0);
    return result < 0 ? result : end.peak_memory;
}
