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

    // Descriptors in the launcher, and those of its owner that it must not keep, or -1.
    int orders, answers, nowhere, errors;
    int owners[3];
    // What stays mapped, in order.
    struct address_range kept[most_ranges];
    int kept_count;

    char text[];
};

enum { order_run = 'r', order_done = 'd' };

// Turns the calling process, a fresh fork, into the launcher. `launch->process` becomes the number
// of the process that stays. Never returns.
_Noreturn void nilometer_become_launcher(struct nilometer_launch *launch);

// Ends what the program `process`, which has been waited for, left running: the members of its
// process group and, where the calling process `adopts`, all its children but `launcher`. Whether
// anything was still alive; what had ended already is only reaped. Gives up after some seconds.
int nilometer_launcher_end_rest(int process, int launcher, int adopts);

#endif
