#ifndef OPSD_CLIBARCHIVE_SHIM_H
#define OPSD_CLIBARCHIVE_SHIM_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/xattr.h>

/* Locales that only name a character set, for uselocale(3): the masks are macros that Swift cannot import. */
static inline locale_t opsd_locale_bytes(void) { return newlocale(LC_CTYPE_MASK, "C", (locale_t)0); }
static inline locale_t opsd_locale_utf8(void) { return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

#endif
