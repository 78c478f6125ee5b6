#ifndef PEER_GUARD_H
#define PEER_GUARD_H

#include <stddef.h>
#include <stdint.h>

/// What a guard runs and what it does when it is to end.
///
/// Texts are blocks of words, each ended by a zero byte, so that no array of pointers has to be made
/// by the caller. All of it is read before `peer_guard_start` returns, or by a copy of this process.
struct peer_order {
    /// The programs with their arguments: words, an empty word after each program's last. The first
    /// word of each is its path. Each but the last has to end with status 0 before the next begins.
    const char *programs;
    size_t programs_size;
    /// Directories that are removed with all that is in them when the guard ends: words.
    const char *removed;
    size_t removed_size;
    /// The file that the programs' output is appended to, and the directory that they run in.
    const char *log;
    const char *directory;
    /// Whom the programs run as, where `becomes_user` says so; else as this process.
    uint32_t user, group;
    int becomes_user;
    /// The signal that ends the last program at once, and how long it may take, in milliseconds.
    int stop_signal;
    int patience;
    /// Hardware threads that the programs may use; none for those of this thread.
    const int *units;
    size_t unit_count;
    /// In place of programs, where `listener` is not negative: answers requests there, see
    /// `peer_echo_serve`.
    int listener;
    size_t request_size;
    const char *reply;
    size_t reply_size;
};

/// A process between this one and a server, in a session of its own. Interrupts from a terminal and
/// signals to this process's group do not reach it. It ends the server, waits for all that the
/// server started and removes the directories, when it is told to or when this process is gone,
/// however that came about. The server ends when the guard does.
struct peer_guard {
    /// The guard's process number.
    int process;
    /// A socket for commands. The guard ends when it is closed everywhere, which happens when this
    /// process ends.
    int control;
    /// Where reports are read.
    int reports;
};

/// What a report says.
enum peer_report_kind {
    /// A program runs; `value` is its process number.
    peer_report_started = 1,
    /// A program cannot be started; `value` is an error number.
    peer_report_refused = 2,
    /// A program ended by itself; `value` is the status that `waitpid` gave.
    peer_report_ended = 3,
    /// The program that runs was frozen or thawed, as was asked; `value` is its process number.
    peer_report_signalled = 4,
};

/// What a guard can be told.
enum peer_command {
    /// To kill the program that runs (SIGKILL). Nothing is removed, and its end is reported.
    peer_command_kill = 1,
    /// To start the program that has ended once more, which is reported as the first time. Does nothing
    /// while one runs.
    peer_command_start_again = 2,
    /// To stop the program that runs where it stands (SIGSTOP), or to let it go on (SIGCONT), which is
    /// reported. Where none runs, nothing is done, and its end was reported before.
    peer_command_freeze = 3,
    peer_command_thaw = 4,
};

/// Read as a whole from `reports`.
struct peer_report {
    int32_t kind;
    /// Which of the programs, from 0.
    int32_t program;
    int32_t value;
};

/// Starts a guard. Returns 0 or an error number.
int peer_guard_start(const struct peer_order *order, struct peer_guard *guard);

/// Reads a report, waiting for at most `milliseconds`. Returns 1, 0 when there is none by then, or -1
/// when none will come any more.
int peer_guard_report(const struct peer_guard *guard, int milliseconds, struct peer_report *report);

/// Tells the guard to do something. Returns 0, or an error number where it is gone.
int peer_guard_tell(const struct peer_guard *guard, enum peer_command command);

/// Tells the guard to end and waits until the server is gone and the directories are removed.
void peer_guard_stop(struct peer_guard *guard);

#endif
