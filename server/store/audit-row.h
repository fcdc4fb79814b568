/* audit-row.h - One row of the audit.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_AUDIT_ROW_H
#define POSTERN_AUDIT_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include "../../common/base/netspec.h"
#include "../../common/wire/request.h"

#define AUDIT_DETAILLEN 256

/* NULL, zero and AF_UNSPEC stand for "none".  Strings must be constant or
   the configuration's: rows are kept until they are written.  */
struct audit_row
{
  int64_t row;                  /* 0: not inserted yet.  */
  uint64_t time;                /* Unix seconds.  */
  const char *result;           /* done, refused, running, unknown, closed
                                   or event.  */
  const char *stage;
  const char *reason;
  const char *user;
  char fpr[NETSPEC_FPRLEN + 1];
  struct net_addr source;
  uint16_t sport;
  struct net_addr address;
  const char *action;
  struct port_set ports;
  const char *rule;
  bool has_request;
  unsigned char request[REQUEST_HASHLEN];
  uint64_t until;
  uint32_t count;
  char detail[AUDIT_DETAILLEN];
};

#endif /*POSTERN_AUDIT_ROW_H*/
