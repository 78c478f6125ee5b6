#include "nilometer_child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// One order at a time, handed to the thread that starts children.
static pthread_mutex_t one_order = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static const struct nilometer_child_order *pending;
static int result;
// The process that the starting thread lives in: a forked copy of this process has none.
static pid_t home;

// As many hardware threads as a kernel for x86 can be built for.
enum { most_places = 8192 };
typedef struct {
    cpu_set_t parts[most_places / CPU_SETSIZE];
} place_set;

// The hardware threads that this program was started on. A thread inherits its creator's binding,
// and a child that of the thread that forked it.
static place_set home_set;
static int has_home_set;

__attribute__((constructor)) static void remember_home(void) {
    has_home_set = sched_getaffinity(0, sizeof home_set, home_set.parts) == 0;
}

static int bind_to(const int *places, int count) {
    place_set wanted, found;
    memset(&wanted, 0, sizeof wanted);
    memset(&found, 0, sizeof found);
    for (int i = 0; i < count; i++) {
        if (places[i] < 0 || places[i] >= most_places) return EINVAL;
        CPU_SET_S(places[i], sizeof wanted, wanted.parts);
    }
    if (sched_setaffinity(0, sizeof wanted, wanted.parts) < 0
        || sched_getaffinity(0, sizeof found, found.parts) < 0) {
        return errno;
    }
    // The kernel leaves out what may not be used, and says nothing.
    return memcmp(&wanted, &found, sizeof wanted) == 0 ? 0 : EINVAL;
}

// Runs in the child, on the starting thread's stack: returns only what kept it from executing.
static int become(const struct nilometer_child_order *order, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return errno;
    // The parent may have ended before.
    if (getppid() != parent) return ESRCH;
    // A terminal's interrupt is the parent's to answer, which has messages under way.
    if (setpgid(0, 0) < 0) return errno;
    if (order->place_count > 0) {
        int refusal = bind_to(order->places, order->place_count);
        if (refusal != 0) return refusal;
    }
    // Handlers are gone after exec anyway; what was ignored would stay ignored.
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    // Out of the way of each other first.
    int third = fcntl(order->third, F_DUPFD_CLOEXEC, 10);
    int fourth = fcntl(order->fourth, F_DUPFD_CLOEXEC, 10);
    if (third < 0 || fourth < 0) return errno;
    if (dup2(third, 3) < 0 || dup2(fourth, 4) < 0) return errno;
    int nowhere = open("/dev/null", O_RDONLY);
    if (nowhere > 0) {
        dup2(nowhere, 0);
        if (nowhere > 4) close(nowhere);
    }
    // 4 is CLOSE_RANGE_CLOEXEC. Before Linux 5.11 descriptors that others left open are inherited.
    syscall(SYS_close_range, 5u, ~0u, 4u);
    sigset_t nothing;
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
    execve(order->path, order->arguments, order->environment);
    return errno;
}

static int start(const struct nilometer_child_order *order) {
    pid_t parent = getpid();
    volatile int error = 0;
    // The child borrows this thread's memory until it executes: no page is copied, however large
    // this process is.
    pid_t child = vfork();
    if (child == 0) {
        error = become(order, parent);
        _exit(127);
    }
    if (child < 0) return -errno;
    if (error == 0) return child;
    // Nobody else knows of it: reaped here.
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    return -error;
}

static void *serve(void *unused) {
    (void)unused;
    pthread_setname_np(pthread_self(), "child-starter");
    // Where it may not go home any more it stays where it is, and so do the children.
    if (has_home_set) sched_setaffinity(0, sizeof home_set, home_set.parts);
    pthread_mutex_lock(&lock);
    for (;;) {
        while (pending == NULL) pthread_cond_wait(&changed, &lock);
        const struct nilometer_child_order *order = pending;
        pthread_mutex_unlock(&lock);
        int answer = start(order);
        pthread_mutex_lock(&lock);
        result = answer;
        pending = NULL;
        pthread_cond_broadcast(&changed);
    }
    return NULL;
}

// Starts a thread, with all signals blocked: it is nobody's to interrupt.
static int begin(void *(*body)(void *), void *argument) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int nilometer_child_start(const struct nilometer_child_order *order) {
    pthread_mutex_lock(&one_order);
    int error = home == getpid() ? 0 : begin(serve, NULL);
    if (error != 0) {
        pthread_mutex_unlock(&one_order);
        return -error;
    }
    home = getpid();
    pthread_mutex_lock(&lock);
    pending = order;
    pthread_cond_broadcast(&changed);
    while (pending != NULL) pthread_cond_wait(&changed, &lock);
    int answer = result;
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&one_order);
    return answer;
}

int nilometer_signal_watched(int watch, int number) {
    return (int)syscall(SYS_pidfd_send_signal, watch, number, NULL, 0u);
}

static void *reap(void *number) {
    while (waitpid((pid_t)(intptr_t)number, NULL, 0) < 0 && errno == EINTR) continue;
    return NULL;
}

int nilometer_child_reap_later(int process) { return begin(reap, (void *)(intptr_t)process); }

int nilometer_thread_number(void) { return (int)syscall(SYS_gettid); }
