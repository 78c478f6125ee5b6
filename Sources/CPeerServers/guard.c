// The guard is a copy of a process with threads and never becomes another program: nothing it calls
// allocates or takes a lock. The words are split before the copy is made.
#define _GNU_SOURCE
#include "peer_guard.h"
#include "peer_echo.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { programs_most = 4, words_most = 64 };

// What the order says, with its words as arrays of pointers.
struct plan {
    const struct peer_order *order;
    char *programs[programs_most][words_most];
    int count;
    char *remove[words_most];
};

// Nothing of the user's environment decides what a server does.
static char *const environment[] = {
    "LC_ALL=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TZ=UTC", NULL};

static int split(const struct peer_order *order, struct plan *plan) {
    plan->order = order;
    plan->count = 0;
    int word = 0;
    for (size_t at = 0; at < order->programs_size; at += strlen(order->programs + at) + 1) {
        if (plan->count == programs_most || word == words_most - 1) return E2BIG;
        if (order->programs[at] != '\0') {
            plan->programs[plan->count][word++] = (char *)order->programs + at;
            continue;
        }
        plan->programs[plan->count++][word] = NULL;
        word = 0;
    }
    int count = 0;
    plan->remove[count++] = "rm";
    plan->remove[count++] = "-rf";
    plan->remove[count++] = "--";
    for (size_t at = 0; at < order->removed_size; at += strlen(order->removed + at) + 1) {
        if (count == words_most - 1) return E2BIG;
        plan->remove[count++] = (char *)order->removed + at;
    }
    plan->remove[count] = NULL;
    return 0;
}

// Every descriptor above the standard ones but these three; -1 for none.
static void close_all_but(int one, int two, int three) {
    int kept[] = {one, two, three};
    unsigned int from = 3;
    for (;;) {
        int next = -1;
        for (int i = 0; i < 3; i++)
            if (kept[i] >= (int)from && (next < 0 || kept[i] < next)) next = kept[i];
        unsigned int last = next < 0 ? ~0u : (unsigned int)next - 1;
        // Before Linux 5.9, or where a filter refuses the call: as far as one is likely.
        if (last >= from && syscall(SYS_close_range, from, last, 0) < 0)
            for (unsigned int at = from; at <= last && at < 4096; at++) close((int)at);
        if (next < 0) return;
        from = (unsigned int)next + 1;
    }
}

static void lead_nowhere(void) {
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0) return;
    for (int stream = 0; stream < 3; stream++) dup2(nowhere, stream);
    if (nowhere > 2) close(nowhere);
}

static void report(int reports, int kind, int program, int value) {
    struct peer_report text = {.kind = kind, .program = program, .value = value};
    // Nobody may be there to read it any more, which the other pipe tells.
    if (write(reports, &text, sizeof text) < 0) return;
}

static int bind_to_units(const struct peer_order *order) {
    static unsigned char mask[8192 / 8];
    if (order->unit_count == 0) return 0;
    for (size_t i = 0; i < order->unit_count; i++) {
        if (order->units[i] < 0 || order->units[i] >= 8192) return EINVAL;
        mask[order->units[i] / 8] |= (unsigned char)(1u << (order->units[i] % 8));
    }
    return syscall(SYS_sched_setaffinity, 0, sizeof mask, mask) < 0 ? errno : 0;
}

static int become(const struct peer_order *order) {
    gid_t group = order->group;
    if (setgroups(1, &group) < 0) return errno;
    if (setresgid(group, group, group) < 0) return errno;
    return setresuid(order->user, order->user, order->user) < 0 ? errno : 0;
}

// What the server's process does before it is one; returns an error number.
static int prepare(const struct peer_order *order, pid_t guard) {
    setsid();
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int error = bind_to_units(order);
    if (error) return error;
    // The directory is the user's, who could put another name there: no file of it is opened as root.
    if (order->becomes_user && (error = become(order))) return error;
    if (order->log) {
        int log = open(order->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (log < 0) return errno;
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        close(log);
    }
    if (order->directory && chdir(order->directory) < 0) return errno;
    // A change of user clears it, so it comes after. The guard may be gone by then.
    if (prctl(PR_SET_PDEATHSIG, order->stop_signal) < 0) return errno;
    if (getppid() != guard) return ESRCH;
    sigset_t nothing;
    sigemptyset(&nothing);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
    return 0;
}

static pid_t start(const struct plan *plan, int program, int reports) {
    const struct peer_order *order = plan->order;
    pid_t guard = getpid();
    pid_t child = fork();
    if (child != 0) return child;
    int error = prepare(order, guard);
    if (error == 0 && order->listener >= 0) {
        close_all_but(order->listener, -1, -1);
        _exit(peer_echo_serve(
            order->listener, order->request_size, order->reply, order->reply_size));
    }
    if (error == 0) {
        execve(plan->programs[program][0], plan->programs[program], environment);
        error = errno;
    }
    report(reports, peer_report_refused, program, error);
    _exit(127);
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// What a guard hears of others by: its owner's commands, its children's ends; and what it reports by.
struct ends {
    int control, children, reports;
};

// What ends a wait.
enum outcome { nothing_yet, child_ended, owner_lets_go, owner_wants_it_again };

// Waits until all threads of `child` have stopped, or it has ended, which is left to be seen elsewhere.
static void await_stop(pid_t child) {
    siginfo_t found;
    // Left there as well, so that whoever was stopped already is found to be.
    while (waitid(P_PID, (id_t)child, &found, WSTOPPED | WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
}

// Does what the owner says: to `child`, which is -1 where none runs.
static enum outcome hear(const struct ends *ends, int program, pid_t child) {
    char command = 0;
    ssize_t size = read(ends->control, &command, 1);
    if (size < 0 && errno == EINTR) return nothing_yet;
    if (size <= 0) return owner_lets_go;
    if (child < 0) return command == peer_command_start_again ? owner_wants_it_again : nothing_yet;
    // Nobody else waits for the child, so that its number is not another's yet.
    if (command == peer_command_kill) kill(child, SIGKILL);
    if (command == peer_command_freeze || command == peer_command_thaw) {
        kill(child, command == peer_command_freeze ? SIGSTOP : SIGCONT);
        if (command == peer_command_freeze) await_stop(child);
        report(ends->reports, peer_report_signalled, program, child);
    }
    return nothing_yet;
}

// Waits until the owner lets go, until it wants what has ended to run again where `child` is -1, or
// until `child` has ended, with its status. Reaps what the server left to this process meanwhile.
static enum outcome wait_for_any(const struct ends *ends, int program, pid_t child, int *status) {
    for (;;) {
        struct pollfd sources[2] = {{.fd = ends->control, .events = POLLIN},
                                    {.fd = ends->children, .events = POLLIN}};
        if (poll(sources, 2, -1) < 0) {
            if (errno != EINTR) return owner_lets_go;
            continue;
        }
        if (sources[0].revents) {
            enum outcome heard = hear(ends, program, child);
            if (heard != nothing_yet) return heard;
        }
        struct signalfd_siginfo ignored;
        if (sources[1].revents && read(ends->children, &ignored, sizeof ignored) < 0) continue;
        int found_status = 0;
        pid_t found;
        while ((found = waitpid(-1, &found_status, WNOHANG)) > 0)
            if (found == child) {
                *status = found_status;
                return child_ended;
            }
    }
}

// Kills this process's children: the server, and what it left behind in sessions of its own. Theirs
// come next, when this process has adopted them.
static void kill_children(void) {
    int list = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (list < 0) return;
    char text[512];
    ssize_t size;
    pid_t child = 0;
    while ((size = read(list, text, sizeof text)) > 0)
        for (ssize_t at = 0; at < size; at++) {
            if (text[at] >= '0' && text[at] <= '9') {
                child = child * 10 + (text[at] - '0');
            } else {
                if (child > 0) kill(child, SIGKILL);
                child = 0;
            }
        }
    close(list);
}

// Ends the server and waits for all that it started, which this process has adopted.
static void end_all(const struct peer_order *order, int children, pid_t server) {
    if (server > 0) kill(server, order->stop_signal);
    // Without the server nobody else ends what it left behind.
    long deadline = now_ms() + (server > 0 ? order->patience : 0);
    long end = deadline + 2000;
    for (;;) {
        pid_t found;
        while ((found = waitpid(-1, NULL, WNOHANG)) > 0)
            if (found == server) server = -1;
        if (found < 0 && errno == ECHILD) return;
        long left = deadline - now_ms();
        if (left <= 0) {
            if (now_ms() >= end) return;
            // By its number too: not every kernel lists a thread's children.
            if (server > 0) kill(server, SIGKILL);
            kill_children();
            left = 10;
        }
        struct pollfd source = {.fd = children, .events = POLLIN};
        struct signalfd_siginfo ignored;
        if (poll(&source, 1, (int)left) > 0 && read(children, &ignored, sizeof ignored) < 0)
            continue;
    }
}

static _Noreturn void guard(const struct plan *plan, int control, int reports) {
    const struct peer_order *order = plan->order;
    setsid();
    prctl(PR_SET_NAME, "peer-guard");
    prctl(PR_SET_PDEATHSIG, 0);
    lead_nowhere();
    close_all_but(control, reports, order->listener);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigset_t endings;
    sigemptyset(&endings);
    sigaddset(&endings, SIGCHLD);
    sigprocmask(SIG_SETMASK, &endings, NULL);
    struct ends known = {.control = control,
                         .children = signalfd(-1, &endings, SFD_CLOEXEC),
                         .reports = reports};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (chdir("/") < 0) _exit(1);
    int count = order->listener >= 0 ? 1 : plan->count;
    pid_t child = -1;
    enum outcome outcome = nothing_yet;
    for (int program = 0; outcome != owner_lets_go;) {
        int status = 0;
        child = start(plan, program, reports);
        if (child < 0) {
            report(reports, peer_report_refused, program, errno);
        } else {
            report(reports, peer_report_started, program, child);
            outcome = wait_for_any(&known, program, child, &status);
            if (outcome == owner_lets_go) break;
            child = -1;
            report(reports, peer_report_ended, program, status);
            if (status == 0 && program + 1 < count) {
                program++;
                continue;
            }
        }
        // What it wrote stays until the owner has read it, or has it run again.
        outcome = wait_for_any(&known, program, -1, &status);
    }
    end_all(order, known.children, child);
    if (order->removed_size == 0) _exit(0);
    execve("/bin/rm", plan->remove, environment);
    _exit(1);
}

int peer_guard_start(const struct peer_order *order, struct peer_guard *started) {
    struct plan *plan = malloc(sizeof *plan);
    if (!plan) return ENOMEM;
    int error = split(order, plan);
    int control[2] = {-1, -1}, reports[2] = {-1, -1};
    // A pair of sockets: whoever writes to a guard that is gone is not to be ended by a signal.
    if (!error && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0) error = errno;
    if (!error && pipe2(reports, O_CLOEXEC) < 0) error = errno;
    pid_t process = error ? -1 : fork();
    if (process == 0) guard(plan, control[0], reports[1]);
    if (!error && process < 0) error = errno;
    free(plan);
    if (control[0] >= 0) close(control[0]);
    if (reports[1] >= 0) close(reports[1]);
    if (error) {
        if (control[1] >= 0) close(control[1]);
        if (reports[0] >= 0) close(reports[0]);
        return error;
    }
    started->process = process;
    started->control = control[1];
    started->reports = reports[0];
    return 0;
}

int peer_guard_report(const struct peer_guard *guard, int milliseconds, struct peer_report *found) {
    long deadline = now_ms() + milliseconds;
    for (;;) {
        struct pollfd source = {.fd = guard->reports, .events = POLLIN};
        long left = deadline - now_ms();
        int ready = poll(&source, 1, left > 0 ? (int)left : 0);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return ready;
        ssize_t size = read(guard->reports, found, sizeof *found);
        if (size < 0 && errno == EINTR) continue;
        return size == (ssize_t)sizeof *found ? 1 : -1;
    }
}

int peer_guard_tell(const struct peer_guard *guard, enum peer_command command) {
    char text = (char)command;
    for (;;) {
        if (send(guard->control, &text, 1, MSG_NOSIGNAL) == 1) return 0;
        if (errno != EINTR) return errno;
    }
}

void peer_guard_stop(struct peer_guard *guard) {
    if (guard->process <= 0) return;
    close(guard->control);
    close(guard->reports);
    // Whoever asks later finds nothing, and not what has got these numbers since.
    guard->control = guard->reports = -1;
    while (waitpid(guard->process, NULL, 0) < 0 && errno == EINTR) continue;
    guard->process = -1;
}
