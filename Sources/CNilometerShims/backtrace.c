#include "nilometer_backtrace.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { most_frames = 128, chosen_signal = SIGURG };
// What `wanted` is beside the number of a thread that was asked.
enum { nobody = 0, answering = -1, answered = -2 };

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static int is_prepared;
static _Atomic(int) wanted = nobody;
static void *frames[most_frames];
static int frame_count;

// On the thread that was asked. backtrace() neither allocates nor loads anything after its first
// call, which `nilometer_backtrace_prepare` made; since glibc 2.35 with GCC 12's unwinder it takes
// no lock either (_dl_find_object). Before that it takes the loader's, which is recursive: it waits
// at most for another thread's dlopen.
static void handle(int number) {
    (void)number;
    int error = errno;
    int self = (int)syscall(SYS_gettid);
    // The claim: from here on the asker waits for the end of the answer.
    if (atomic_compare_exchange_strong(&wanted, &self, answering)) {
        frame_count = backtrace(frames, most_frames);
        atomic_store(&wanted, answered);
    }
    errno = error;
}

// Each time: the program may have taken the signal for itself since.
static int prepare(void) {
    struct sigaction before;
    if (sigaction(chosen_signal, NULL, &before) < 0) return errno;
    int is_plain = (before.sa_flags & SA_SIGINFO) == 0;
    if (is_plain && before.sa_handler == handle) return 0;
    int is_free = is_plain && (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN);
    if (!is_free) return EBUSY;
    // The first call loads the unwinder and allocates.
    void *few[4];
    backtrace(few, 4);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(chosen_signal, &action, NULL) < 0) return errno;
    is_prepared = 1;
    return 0;
}

int nilometer_backtrace_prepare(void) {
    pthread_mutex_lock(&one_at_a_time);
    int error = prepare();
    pthread_mutex_unlock(&one_at_a_time);
    return error;
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Asks and waits; `wanted` is `nobody` again afterwards, unless an answer was begun and not ended.
static int ask(int thread, void **addresses, int capacity, int milliseconds) {
    if (!is_prepared) return -EINVAL;
    if (atomic_load(&wanted) == answered) atomic_store(&wanted, nobody);
    if (atomic_load(&wanted) != nobody) return -EBUSY;
    atomic_store(&wanted, thread);
    if (syscall(SYS_tgkill, getpid(), thread, chosen_signal) < 0) {
        int error = errno;
        atomic_store(&wanted, nobody);
        return -error;
    }
    long deadline = now_ms() + milliseconds;
    while (atomic_load(&wanted) != answered) {
        if (now_ms() >= deadline) {
            // Taken back if nobody answers yet; an answer under way gets the same time again.
            int asked = thread;
            if (atomic_compare_exchange_strong(&wanted, &asked, nobody)) return -ETIMEDOUT;
            if (now_ms() >= deadline + milliseconds) return -EBUSY;
        }
        struct timespec moment = {.tv_nsec = 50000};
        nanosleep(&moment, NULL);
    }
    int count = frame_count < capacity ? frame_count : capacity;
    memcpy(addresses, frames, (size_t)count * sizeof *addresses);
    atomic_store(&wanted, nobody);
    return count;
}

int nilometer_backtrace_of_thread(int thread, void **addresses, int capacity, int milliseconds) {
    if (thread <= 0 || capacity < 0) return -EINVAL;
    pthread_mutex_lock(&one_at_a_time);
    int count = ask(thread, addresses, capacity, milliseconds);
    pthread_mutex_unlock(&one_at_a_time);
    return count;
}

int nilometer_code_place(const void *address, struct nilometer_code_place *place) {
    Dl_info found;
    memset(place, 0, sizeof *place);
    if (dladdr(address, &found) == 0 || found.dli_fname == NULL) return 0;
    place->image = found.dli_fname;
    place->image_offset = (uint64_t)((const char *)address - (const char *)found.dli_fbase);
    if (found.dli_sname != NULL) {
        place->symbol = found.dli_sname;
        place->symbol_offset = (uint64_t)((const char *)address - (const char *)found.dli_saddr);
    }
    return 1;
}
