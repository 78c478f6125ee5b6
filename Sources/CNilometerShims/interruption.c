#include "nilometer_interruption.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "nilometer_clock.h"

// glibc names the member only since 2.38 or so; the union's own field is the same everywhere.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static _Atomic uint64_t interruption_length;
static _Atomic int interruption_kind;
static _Atomic uint64_t interruption_took;
static timer_t interruption_timer;
static struct sigaction interruption_before;
static sigset_t interruption_mask_before;

static int interruption_signal(void) { return SIGRTMIN + 7; }

// Async-signal-safe: reads the clock, sleeps, stores into lock-free atomics.
static void interrupt_here(int number) {
    (void)number;
    int saved = errno;
    uint64_t start = nilometer_monotonic_raw();
    uint64_t length = atomic_load(&interruption_length);
    if (atomic_load(&interruption_kind) == NILOMETER_INTERRUPTION_SLEEP) {
        struct timespec left = {
            .tv_sec = (time_t)(length / 1000000000u),
            .tv_nsec = (long)(length % 1000000000u),
        };
        while (nanosleep(&left, &left) != 0 && errno == EINTR) {
        }
    } else {
        while (nilometer_monotonic_raw() - start < length) {
        }
    }
    atomic_store(&interruption_took, nilometer_monotonic_raw() - start);
    errno = saved;
}

static void restore_signal(void) {
    pthread_sigmask(SIG_SETMASK, &interruption_mask_before, NULL);
    sigaction(interruption_signal(), &interruption_before, NULL);
}

int nilometer_interruption_arm(uint64_t delay, uint64_t length, int kind) {
    atomic_store(&interruption_length, length);
    atomic_store(&interruption_kind, kind);
    atomic_store(&interruption_took, 0);
    struct sigaction action = {.sa_handler = interrupt_here, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(interruption_signal(), &action, &interruption_before) != 0) return errno;
    // A thread inherits its mask, and those of libdispatch block every signal.
    sigset_t unblocked;
    sigemptyset(&unblocked);
    sigaddset(&unblocked, interruption_signal());
    pthread_sigmask(SIG_UNBLOCK, &unblocked, &interruption_mask_before);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = interruption_signal()};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    if (timer_create(CLOCK_MONOTONIC, &event, &interruption_timer) != 0) {
        int failure = errno;
        restore_signal();
        return failure;
    }
    struct itimerspec moment = {
        .it_value = {
            .tv_sec = (time_t)(delay / 1000000000u),
            .tv_nsec = (long)(delay % 1000000000u),
        },
    };
    // A delay of nothing would disarm the timer.
    if (delay == 0) moment.it_value.tv_nsec = 1;
    if (timer_settime(interruption_timer, 0, &moment, NULL) != 0) {
        int failure = errno;
        (void)nilometer_interruption_finish();
        return failure;
    }
    return 0;
}

// A signal that is on its way is delivered to this thread before timer_delete returns to it, so the
// handler is still the one above.
uint64_t nilometer_interruption_finish(void) {
    timer_delete(interruption_timer);
    restore_signal();
    return atomic_load(&interruption_took);
}
