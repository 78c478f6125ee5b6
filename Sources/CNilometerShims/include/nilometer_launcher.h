#ifndef NILOMETER_LAUNCHER_H
#define NILOMETER_LAUNCHER_H

#include <stddef.h>
#include <stdint.h>

/// A small process that starts programs for this one, which then waits for them.
///
/// Why not start them from here: on Linux the peak memory that `wait4` reports of a program is never
/// less than that of the process image which it replaced, and after `posix_spawn` that is all of
/// the memory of whoever starts it (`exec_mmap` in fs/exec.c hands the old image's high-water mark
/// on). The launcher is this process forked twice: the first child unmaps all but the code and the
/// stack it stands on, the second begins its high-water mark anew with the little that is left.
/// What remains is a few hundred KiB, and is measured: see `nilometer_launcher_level`.
///
/// Programs become children of this process (`CLONE_PARENT`), which gets their status and usage.
/// Each gets a process group of its own. The launcher waits meanwhile: it ends the program and the
/// whole group when the limit has passed, and when this process is gone.
///
/// Processes can leave the group (`setsid`). A process that adopts what programs orphan
/// (`PR_SET_CHILD_SUBREAPER`) ends those too, after every run. What has left the group outlives a
/// run only where nobody adopts, or where the adopting process is itself killed during it.
struct nilometer_launcher {
    /// Pages that are shared with the launcher: the request and its answer.
    struct nilometer_launch *launch;
    /// Size of the pages.
    size_t bytes;
    /// Where orders are written, and where answers are read.
    int orders, answers;
    /// Where the programs' error output is read without waiting, or -1.
    int errors;
    /// The launcher's process number.
    int process;
    /// Whether this process adopts what programs orphan.
    int adopts;
};

/// How a program ended and what it used.
struct nilometer_program_end {
    /// Readings just before the program was started and after it was waited for: of the tick
    /// counter, or nanoseconds of `CLOCK_MONOTONIC_RAW`.
    uint64_t started, ended;
    /// The status that `wait4` gave.
    int status;
    /// Whether it was ended for outliving its limit.
    int timed_out;
    /// Whether it left live processes behind, which were ended.
    int left_processes;
    /// Processor time in microseconds.
    int64_t user_time, system_time;
    /// Peak resident memory in KiB.
    int64_t peak_memory;
    /// Page faults.
    int64_t minor_faults, major_faults;
    /// Context switches.
    int64_t voluntary_switches, involuntary_switches;
};

/// Starts a launcher. With `keep_errors` the programs' error output can be read, otherwise it leads
/// nowhere. With `adopt` this process adopts what programs orphan until the launcher is closed, and
/// after every run all its children but the launcher are ended: only for a process that has no other
/// children. Returns 0, or minus an error number.
int nilometer_launcher_open(struct nilometer_launcher *launcher, int keep_errors, int adopt);

/// Says what to run next: the program at `path` with its arguments and environment, both ended by
/// NULL, and `extra` (or NULL) as one more variable. Copies everything. Returns 0, or -E2BIG.
int nilometer_launcher_load(struct nilometer_launcher *launcher, const char *path,
                            char *const *arguments, char *const *environment, const char *extra);

/// Binds the programs that follow to the processing units of `mask`, of `bytes` bytes (128 at most);
/// to none when `bytes` is 0. Returns 0, or -EINVAL.
int nilometer_launcher_bind(struct nilometer_launcher *launcher, const void *mask, size_t bytes);

/// Runs what was loaded and waits for its end. `limit` is in milliseconds, or negative for none;
/// `ticks` says which clock is read. Of the error output, where it is kept, the last `capacity`
/// bytes go to `tail`, and their number to `*length`. Returns 0, or minus the error number with
/// which the program could not be started.
int nilometer_launcher_run(struct nilometer_launcher *launcher, int64_t limit, int ticks,
                           struct nilometer_program_end *end, char *tail, size_t capacity,
                           size_t *length);

/// The peak memory in KiB that a program is told of which does nothing at all, not even start:
/// what the launcher itself adds below every program's peak. Minus an error number when it fails.
int64_t nilometer_launcher_level(struct nilometer_launcher *launcher);

/// How many instructions a hardware counter, opened as those for programs are, counts for this
/// thread while it runs the loop of `nilometer_known_loop.h`, two instructions a turn. Minus an
/// error number where there is no such counter (`perf_event_open`) or no such loop (ENOSYS).
int64_t nilometer_launcher_count_known_loop(uint64_t turns);

/// Ends the launcher.
void nilometer_launcher_close(struct nilometer_launcher *launcher);

#endif
