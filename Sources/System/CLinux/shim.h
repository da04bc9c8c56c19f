#ifndef OPSD_CLINUX_SHIM_H
#define OPSD_CLINUX_SHIM_H

#include <sys/prctl.h>

/* Calls of Linux that glibc declares only for _GNU_SOURCE, which Swift's own module of glibc is built without. */
int syncfs(int fd);
int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags);

/* renameat2 with RENAME_NOREPLACE (1): fails with EEXIST instead of replacing. */
static inline int opsd_rename_noreplace(const char *from, const char *to) { return renameat2(-100 /* AT_FDCWD */, from, -100, to, 1); }
static inline int opsd_syncfs(int fd) { return syncfs(fd); }

/* prctl takes its arguments as a variadic list of longs, which Swift cannot call. */
static inline int opsd_clear_ambient_capabilities(void) { return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L); }

#endif
