// What a program leaves running: found in /proc, ended and reaped.
#include "launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { most_turns = 1000 };

// Reads the start of a file as text; its length, or -1.
static ssize_t read_text(const char *path, char *text, size_t capacity) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = read(file, text, capacity - 1);
    close(file);
    if (length >= 0) text[length] = 0;
    return length;
}

struct standing {
    char state;
    int parent, group;
};

static int stands(int process, struct standing *standing) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    if (read_text(path, text, sizeof text) <= 0) return 0;
    // The name before it may hold parentheses of its own.
    const char *name_end = strrchr(text, ')');
    return name_end != 0
           && sscanf(name_end + 1, " %c %d %d", &standing->state, &standing->parent,
                     &standing->group)
                  == 3;
}

// Whether a thread of this process has a child beside `launcher`; 1 where the kernel does not tell.
static int has_other_children(int thread, int launcher) {
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", thread);
    ssize_t length = read_text(path, text, sizeof text);
    if (length < 0 || length == (ssize_t)sizeof text - 1) return 1;
    char *at = text, *end;
    for (;;) {
        long child = strtol(at, &end, 10);
        if (end == at) return 0;
        if (child != launcher) return 1;
        at = end;
    }
}

static int has_adopted(int launcher) {
    DIR *threads = opendir("/proc/self/task");
    if (threads == 0) return 1;
    int found = 0;
    const struct dirent *entry;
    while (!found && (entry = readdir(threads)) != 0) {
        int thread = atoi(entry->d_name);
        if (thread > 0) found = has_other_children(thread, launcher);
    }
    closedir(threads);
    return found;
}

struct search {
    int process, launcher, adopts;
    // How many were found alive, how many of those could be killed, and how many were reaped.
    int alive, killed, reaped;
};

// Ends `candidate` if it is of the program's group or adopted.
static void end_if_left(struct search *search, int candidate) {
    struct standing standing;
    if (candidate <= 0 || candidate == search->launcher || !stands(candidate, &standing)) return;
    int is_child = search->adopts && standing.parent == getpid();
    if (!is_child && standing.group != search->process) return;
    if (standing.state == 'Z' || standing.state == 'X') {
        int status;
        if (!is_child) return;
        if (waitpid(candidate, &status, WNOHANG) == candidate) {
            search->reaped++;
            return;
        }
        // Its first thread has ended, others have not.
    }
    search->alive++;
    // Not what has become another user's.
    if (kill(candidate, SIGKILL) == 0) search->killed++;
}

static void end_all_left(struct search *search) {
    DIR *processes = opendir("/proc");
    if (processes == 0) {
        // Without /proc nothing tells the dead from the living.
        search->alive = kill(-search->process, SIGKILL) == 0;
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(processes)) != 0) end_if_left(search, atoi(entry->d_name));
    closedir(processes);
    // Those too that came into being during the search.
    if (search->alive > 0) kill(-search->process, SIGKILL);
}

int nilometer_launcher_end_rest(int process, int launcher, int adopts) {
    int left = 0;
    for (int turn = 0; turn < most_turns; turn++) {
        int has_group = kill(-process, 0) == 0 || errno != ESRCH;
        if (!has_group && !(adopts && has_adopted(launcher))) return left;
        struct search search = {process, launcher, adopts, 0, 0, 0};
        end_all_left(&search);
        if (search.alive > 0) left = 1;
        // Nothing more can be done: what is there has ended and is somebody else's to reap, or
        // cannot be killed. Otherwise again: the children of what has just ended are adopted.
        if (search.killed == 0 && search.reaped == 0) return left;
        if (search.killed > 0) poll(0, 0, 1);
    }
    return left;
}
