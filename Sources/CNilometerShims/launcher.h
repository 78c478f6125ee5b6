#ifndef NILOMETER_LAUNCHER_PARTS_H
#define NILOMETER_LAUNCHER_PARTS_H

#include <stddef.h>
#include <stdint.h>

struct address_range {
    uintptr_t start, end;
};

enum { most_ranges = 16 };

// What the launcher and the process that owns it share.
struct nilometer_launch {
    // The program, or NULL to end without starting one; all three point into `text`.
    const char *path;
    char *const *arguments;
    char *const *environment;
    // In milliseconds, or negative.
    int64_t limit;
    // Whether the start is read from the tick counter.
    int ticks;
    unsigned char affinity[128];
    size_t affinity_bytes;

    // The answer: a reading just before the start, the process or minus an error number, the error
    // with which the program could not be executed, and whether its limit passed.
    uint64_t started;
    int process;
    int error;
    int timed_out;

    // Descriptors in the launcher.
    int orders, answers, nowhere, errors;
    // What stays mapped, in order.
    struct address_range kept[most_ranges];
    int kept_count;

    char text[];
};

enum { order_run = 'r', order_done = 'd' };

// Turns the calling process, a fresh fork, into the launcher. `launch->process` becomes the number
// of the process that stays. Never returns.
_Noreturn void nilometer_become_launcher(struct nilometer_launch *launch);

#endif
