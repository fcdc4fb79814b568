/* packets-parts.h - What the encoders and decoders of messages share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_PACKETS_PARTS_H
#define POSTERN_PACKETS_PARTS_H

#include <string.h>
#include "packets.h"

/* For what a reader finds against the grammar of a value.  */
static inline void
demand (struct message_reader *r, bool good)
{
  if (!good)
    r->failed = 1;
}

static inline void
read_name (struct message_reader *r, char buf[NETSPEC_NAMELEN + 1])
{
  message_read_string (r, buf, NETSPEC_NAMELEN + 1);
  demand (r, netspec_name_valid (buf, strlen (buf)));
}

/* A name, or none.  */
static inline void
read_some_name (struct message_reader *r, char buf[NETSPEC_NAMELEN + 1])
{
  message_read_string (r, buf, NETSPEC_NAMELEN + 1);
  demand (r, !*buf || netspec_name_valid (buf, strlen (buf)));
}

static inline void
read_fpr (struct message_reader *r, char buf[NETSPEC_FPRLEN + 1])
{
  message_read_string (r, buf, NETSPEC_FPRLEN + 1);
  demand (r, netspec_fpr_valid (buf, strlen (buf)));
}

/* Bytes of which there are LEAST to MOST.  */
static inline const unsigned char *
read_some (struct message_reader *r, size_t least, size_t most, size_t *r_len)
{
  const unsigned char *p = message_read_bytes (r, r_len);

  demand (r, *r_len >= least && *r_len <= most);
  return p;
}

static inline bool
read_bool (struct message_reader *r)
{
  uint8_t v = message_read_u8 (r);

  demand (r, v <= 1);
  return v == 1;
}

#endif /*POSTERN_PACKETS_PARTS_H*/
