// liburing.h switches on _GNU_SOURCE, under which glibc names the member of fd_set differently from
// what Swift's Glibc module has; the two cannot be imported together then. Whoever comes first
// decides, so glibc's features are settled before.
#include <sys/select.h>

#include <liburing.h>
