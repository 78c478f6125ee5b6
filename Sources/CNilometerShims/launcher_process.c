// The launcher's own side. Once the rest is unmapped, only this object's code and constants, the
// stack and the shared pages are there: nothing here may call the C library, write a global or be
// instrumented.
#include "launcher.h"
#include "nilometer_clock.h"
#include "raw_calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

NILOMETER_RAW_INLINE _Noreturn void raw_exit(int status) {
    for (;;) raw_call(SYS_exit_group, status, 0, 0, 0, 0);
}

NILOMETER_RAW_INLINE long raw_clone(long flags) { return raw_call(SYS_clone, flags, 0, 0, 0, 0); }

// Unmaps all but what is kept. A range that the kernel keeps (a sealed one) stays, and shows in the
// launcher's measured level.
NILOMETER_RAW_INLINE void unmap_the_rest(const struct nilometer_launch *launch) {
    uintptr_t from = 4096;
    for (int i = 0; i < launch->kept_count; i++) {
        if (launch->kept[i].start > from)
            raw_call(SYS_munmap, (long)from, (long)(launch->kept[i].start - from), 0, 0, 0);
        from = launch->kept[i].end;
    }
    // The end of the address space is not told; too large a range is refused as a whole.
    for (int bits = 56; bits > 36; bits--) {
        uintptr_t top = ((uintptr_t)1 << bits) - 4096;
        if (top <= from) return;
        if (raw_call(SYS_munmap, (long)from, (long)(top - from), 0, 0, 0) == 0) return;
    }
}

// As many as a process may usually have open.
enum { likely_descriptors = 4096 };

// Closes the descriptors from `first` to `last`: one by one, as far as one is likely, where the
// kernel has no such call (before 5.9) or somebody refuses it (filters of containers).
NILOMETER_RAW_INLINE void close_between(unsigned int first, unsigned int last) {
    if (raw_call(SYS_close_range, first, last, 0, 0, 0) >= 0) return;
    for (unsigned int at = first; at <= last && at < likely_descriptors; at++)
        raw_call(SYS_close, at, 0, 0, 0, 0);
}

// Closes every descriptor above the standard ones that the launcher has no use for. The owner's
// ends go first and by name: with the end to which orders are written the launcher would never see
// that nobody is left to give one.
NILOMETER_RAW_INLINE void close_the_rest(const struct nilometer_launch *launch) {
    for (int i = 0; i < 3; i++)
        if (launch->owners[i] >= 0) raw_call(SYS_close, launch->owners[i], 0, 0, 0, 0);
    unsigned int from = 3;
    for (;;) {
        unsigned int next = ~0u;
        const int used[4] = {launch->orders, launch->answers, launch->nowhere, launch->errors};
        for (int i = 0; i < 4; i++)
            if (used[i] >= (int)from && (unsigned int)used[i] < next) next = (unsigned int)used[i];
        if (next == ~0u) break;
        if (next > from) close_between(from, next - 1);
        from = next + 1;
    }
    close_between(from, ~0u);
}

// The program's side of its start. Shares the launcher's memory, which waits.
NILOMETER_RAW static _Noreturn __attribute__((noinline)) void become_program(
    struct nilometer_launch *launch) {
    if (launch->path == 0) raw_exit(0);
    raw_call(SYS_setpgid, 0, 0, 0, 0, 0);
    raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (launch->affinity_bytes > 0) {
        long bound = raw_call(SYS_sched_setaffinity, 0, (long)launch->affinity_bytes,
                              (long)launch->affinity, 0, 0);
        if (bound < 0) {
            launch->error = (int)-bound;
            raw_exit(127);
        }
    }
    raw_call(SYS_dup3, launch->nowhere, 0, 0, 0, 0);
    raw_call(SYS_dup3, launch->nowhere, 1, 0, 0, 0);
    raw_call(SYS_dup3, launch->errors >= 0 ? launch->errors : launch->nowhere, 2, 0, 0, 0);
    long result = raw_call(SYS_execve, (long)launch->path, (long)launch->arguments,
                           (long)launch->environment, 0, 0);
    launch->error = (int)-result;
    raw_exit(127);
}

NILOMETER_RAW_INLINE uint64_t now(int ticks) {
    if (ticks) return nilometer_ticks_begin();
    struct timespec time;
    raw_call(SYS_clock_gettime, CLOCK_MONOTONIC_RAW, (long)&time, 0, 0, 0);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// Reads an order; 0 when nobody is left to give one.
NILOMETER_RAW_INLINE char next_order(const struct nilometer_launch *launch) {
    char order = 0;
    long length;
    do length = raw_call(SYS_read, launch->orders, (long)&order, 1, 0, 0);
    while (length == -EINTR);
    return length == 1 ? order : 0;
}

// Ends the program, which may have left its process group, and the group.
NILOMETER_RAW_INLINE void end_program(long process) {
    raw_call(SYS_kill, process, SIGKILL, 0, 0, 0);
    raw_call(SYS_kill, -process, SIGKILL, 0, 0, 0);
}

// Starts the program, answers, and stays by until it is done.
NILOMETER_RAW static __attribute__((noinline)) void run(struct nilometer_launch *launch) {
    launch->error = 0;
    launch->timed_out = 0;
    launch->started = now(launch->ticks);
    // The exit signal is this process's own, as CLONE_PARENT has it.
    long process = raw_clone(CLONE_VM | CLONE_VFORK | CLONE_PARENT);
    if (process == 0) become_program(launch);
    launch->process = (int)process;
    const char answer = 'a';
    raw_call(SYS_write, launch->answers, (long)&answer, 1, 0, 0);
    if (process < 0) return;
    if (launch->limit >= 0) {
        struct pollfd orders;
        orders.fd = launch->orders;
        orders.events = POLLIN;
        orders.revents = 0;
        struct timespec left;
        left.tv_sec = launch->limit / 1000;
        left.tv_nsec = launch->limit % 1000 * 1000000;
        long ready;
        do ready = raw_call(SYS_ppoll, (long)&orders, 1, (long)&left, 0, 0);
        while (ready == -EINTR);
        if (ready == 0) {
            launch->timed_out = 1;
            end_program(process);
        }
    }
    if (next_order(launch) == 0) {
        end_program(process);
        raw_exit(0);
    }
}

NILOMETER_RAW void nilometer_become_launcher(struct nilometer_launch *launch) {
    unmap_the_rest(launch);
    // A copy of what is left: its high-water mark begins with that.
    long second = raw_clone(CLONE_PARENT);
    if (second != 0) {
        launch->process = (int)second;
        raw_exit(0);
    }
    raw_call(SYS_setpgid, 0, 0, 0, 0, 0);
    // Ignored signals would stay ignored in programs: the suite ignores SIGPIPE. A structure of
    // zeros says SIG_DFL; a mask of zeros blocks nothing.
    uint64_t zeros[4];
    for (int i = 0; i < 4; i++) ((volatile uint64_t *)zeros)[i] = 0;
    raw_call(SYS_rt_sigaction, SIGPIPE, (long)zeros, 0, 8, 0);
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)zeros, 0, 8, 0);
    close_the_rest(launch);
    for (;;) {
        char order = next_order(launch);
        if (order == 0) raw_exit(0);
        if (order == order_run) run(launch);
    }
}
