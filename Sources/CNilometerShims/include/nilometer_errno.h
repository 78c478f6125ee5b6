#ifndef NILOMETER_ERRNO_H
#define NILOMETER_ERRNO_H

/// The symbol of an error number, such as "ENOENT", or NULL when it has none.
/// The text is static: it stays valid and is the same for every thread, unlike `strerror`'s.
const char *nilometer_errno_symbol(int error);

/// What an error number means, in English whatever the locale, or NULL when it is not known.
/// Static, like the symbol.
const char *nilometer_errno_meaning(int error);

#endif
