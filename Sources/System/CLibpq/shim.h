#ifndef OPSD_CLIBPQ_SHIM_H
#define OPSD_CLIBPQ_SHIM_H

#include <libpq-fe.h>

#endif
