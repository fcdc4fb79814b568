/* packets-size.h - Least and most bytes of each message's body.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each bound is the sum of the fields that the encoder in packets*.c writes,
 * in its order, so that it can be read against it; none is a number of its
 * own.  A message of one size has a _LEN; READY, RELOAD, KEEP, KEPT, SETTLED,
 * LEFT, PING, PONG, TRYING and RUNNING have no body.  t-packets-size.c sends each at both
 * bounds.  */

#ifndef POSTERN_PACKETS_SIZE_H
#define POSTERN_PACKETS_SIZE_H

#include "../config/config.h"
#include "message.h"
#include "../../common/base/netspec.h"
#include "../config/passwd.h"
#include "../../common/wire/request.h"
#include "../../common/wire/seal.h"
#include "refusal.h"

/* One field, as message.c writes it.  */
#define SIZE_U8    1
#define SIZE_U16   2
#define SIZE_U32   4
#define SIZE_U64   8
#define SIZE_ADDR  (SIZE_U8 + 16)
#define SIZE_BYTES(n) (SIZE_U16 + (n))  /* Also of a string.  */
#define SIZE_PORTS(n) (SIZE_U8 + (n) * (SIZE_U8 + 2 * SIZE_U16))

/* Names and fingerprints, which are never empty.  */
#define SIZE_NAME_LEAST SIZE_BYTES (1)
#define SIZE_NAME_MOST  SIZE_BYTES (NETSPEC_NAMELEN)
#define SIZE_FPR_LEAST  SIZE_BYTES (NETSPEC_FPRLEAST)
#define SIZE_FPR_MOST   SIZE_BYTES (NETSPEC_FPRLEN)

#define PACKET_BLOBLEN 8192     /* Most bytes of a signed blob.  */
#define PACKET_OUTPUT_CHUNK 8192        /* Bytes of output in one.  */
#define PACKET_REASONLEN 200    /* Bytes of what a hook is told.  */
#define PACKET_GONE_MOST 64
#define PACKET_MESSAGELEN 511   /* Bytes of what posternd says.  */

/* src, dst, sport, dport, ifindex, door, previous, size, seen.  */
#define PACKET_ORIGIN_LEN (2 * SIZE_ADDR + 2 * SIZE_U16 + SIZE_U32      \
                           + NETSPEC_NAMELEN + SIZE_U8 + SIZE_U16       \
                           + SIZE_U64)

/* origin, message, attachment; the last two come out of one datagram.  */
#define PACKET_SEALED_LEAST (PACKET_ORIGIN_LEN + SIZE_BYTES (1) \
                             + SIZE_BYTES (0))
#define PACKET_SEALED_MOST  (PACKET_ORIGIN_LEN + 2 * SIZE_BYTES (0) \
                             + SEAL_MAX)

/* origin, blob, attachment.  */
#define PACKET_SIGNED_LEAST PACKET_SEALED_LEAST
#define PACKET_SIGNED_MOST  (PACKET_ORIGIN_LEN + SIZE_BYTES (PACKET_BLOBLEN) \
                             + SIZE_BYTES (SEAL_MAX))

/* origin, primary, signing, key_state, keys_changed, text, blob,
   attachment.  */
#define PACKET_VERIFIED_LEAST (PACKET_ORIGIN_LEN + 2 * SIZE_FPR_LEAST   \
                               + 2 * SIZE_U64                           \
                               + 2 * SIZE_BYTES (1) + SIZE_BYTES (0))
#define PACKET_VERIFIED_MOST  (PACKET_ORIGIN_LEN + 2 * SIZE_FPR_MOST    \
                               + 2 * SIZE_U64                           \
                               + SIZE_BYTES (REQUEST_MAXLEN)            \
                               + SIZE_BYTES (PACKET_BLOBLEN)            \
                               + SIZE_BYTES (SEAL_MAX))

/* origin, fpr, refusal.  */
#define PACKET_REFUSED_LEN (PACKET_ORIGIN_LEN + NETSPEC_FPRLEN + SIZE_U16)

/* n by refusal, passed; of each door name, passed, previous.  */
#define PACKET_COUNTS_LEN (SIZE_U32 * (REFUSAL_COUNTED + 1)             \
                           + CONFIG_MAX_DOORS * (NETSPEC_NAMELEN        \
                                                 + 2 * SIZE_U32))

/* blob.  */
#define PACKET_RECHECK_LEAST SIZE_BYTES (1)
#define PACKET_RECHECK_MOST  SIZE_BYTES (PACKET_BLOBLEN)

/* refusal, primary (none where there is a refusal).  */
#define PACKET_RECHECKED_LEAST (SIZE_U16 + SIZE_BYTES (0))
#define PACKET_RECHECKED_MOST  (SIZE_U16 + SIZE_FPR_MOST)

/* hash, request, rule, user, fpr, addr, observed, ports, bind, once,
   seconds.  */
#define SIZE_GRANT_LEAST (CONFIG_HASHLEN + REQUEST_HASHLEN              \
                          + 2 * SIZE_NAME_LEAST + SIZE_FPR_LEAST        \
                          + 2 * SIZE_ADDR + SIZE_PORTS (1)              \
                          + SIZE_U16 + SIZE_U8 + SIZE_U32)
#define SIZE_GRANT_MOST  (CONFIG_HASHLEN + REQUEST_HASHLEN              \
                          + 2 * SIZE_NAME_MOST + SIZE_FPR_MOST          \
                          + 2 * SIZE_ADDR                               \
                          + SIZE_PORTS (NETSPEC_MAX_RANGES)             \
                          + SIZE_U16 + SIZE_U8 + SIZE_U32)

/* The grant, answer_by.  */
#define PACKET_GRANT_LEAST (SIZE_GRANT_LEAST + SIZE_U64)
#define PACKET_GRANT_MOST  (SIZE_GRANT_MOST + SIZE_U64)

#define PACKET_GRANTED_LEN (SIZE_U64 + SIZE_U32)        /* until, seconds */
#define PACKET_DENIED_LEN SIZE_U16                      /* refusal */

/* user (or none), prefix, all.  */
#define PACKET_CLOSE_LEAST (2 * SIZE_BYTES (0) + SIZE_U8)
#define PACKET_CLOSE_MOST  (SIZE_NAME_MOST + SIZE_BYTES (2 * REQUEST_HASHLEN) \
                            + SIZE_U8)

#define PACKET_CLOSED_LEN (SIZE_U16 + SIZE_U32)         /* refusal, n */
#define PACKET_LIST_LEN SIZE_U64                        /* after */

/* number 0, owed, since; or number, the grant, until, since.  */
#define PACKET_LISTED_LEAST (SIZE_U64 + SIZE_U32 + SIZE_U64)
#define PACKET_LISTED_MOST  (SIZE_U64 + SIZE_GRANT_MOST + 2 * SIZE_U64)

#define PACKET_REBUILT_LEN SIZE_U32                     /* grants */
#define PACKET_ENDED_LEN SIZE_U32                       /* grants */

/* hash, request, command, user, fpr, addr, observed, asked, n_args; of each
   argument name and value.  The values are out of one request.  */
#define PACKET_RUN_LEAST (CONFIG_HASHLEN + REQUEST_HASHLEN              \
                          + 2 * SIZE_NAME_LEAST + SIZE_FPR_LEAST        \
                          + 2 * SIZE_ADDR + SIZE_U64 + SIZE_U8)
#define PACKET_RUN_MOST  (CONFIG_HASHLEN + REQUEST_HASHLEN              \
                          + 2 * SIZE_NAME_MOST + SIZE_FPR_MOST          \
                          + 2 * SIZE_ADDR + SIZE_U64 + SIZE_U8          \
                          + REQUEST_MAX_ARGS * (SIZE_NAME_MOST          \
                                                + SIZE_BYTES (0))       \
                          + REQUEST_MAXLEN)

/* request, from, data.  */
#define PACKET_OUTPUT_LEAST (REQUEST_HASHLEN + SIZE_U32 + SIZE_BYTES (1))
#define PACKET_OUTPUT_MOST  (REQUEST_HASHLEN + SIZE_U32 \
                             + SIZE_BYTES (PACKET_OUTPUT_CHUNK))

/* request, refusal, ended_by, exit_code, signal, msecs, produced, kept.  */
#define PACKET_RAN_LEN (REQUEST_HASHLEN + SIZE_U16 + 3 * SIZE_U8 \
                        + 2 * SIZE_U64 + SIZE_U32)

#define PACKET_BEGUN_LEN SIZE_U8                        /* others */

/* hash, event, user, rule (both or one may be none), request, source, addr,
   ports (or none), reason.  */
#define PACKET_HOOK_LEAST (CONFIG_HASHLEN + SIZE_U8 + 2 * SIZE_BYTES (0)  \
                           + REQUEST_HASHLEN + 2 * SIZE_ADDR              \
                           + SIZE_PORTS (0) + SIZE_BYTES (0))
#define PACKET_HOOK_MOST  (CONFIG_HASHLEN + SIZE_U8 + 2 * SIZE_NAME_MOST  \
                           + REQUEST_HASHLEN + 2 * SIZE_ADDR              \
                           + SIZE_PORTS (NETSPEC_MAX_RANGES)              \
                           + SIZE_BYTES (PACKET_REASONLEN))

/* n, and so many names.  */
#define PACKET_LEAVE_LEAST SIZE_U8
#define PACKET_LEAVE_MOST  (SIZE_U8 + PACKET_GONE_MOST * SIZE_NAME_MOST)

/* message.  */
#define PACKET_RELOADED_LEAST SIZE_BYTES (0)
#define PACKET_RELOADED_MOST  SIZE_BYTES (PACKET_MESSAGELEN)
#define PACKET_HEALTH_LEAST SIZE_BYTES (0)
#define PACKET_HEALTH_MOST  SIZE_BYTES (PACKET_MESSAGELEN)

/* hash, command, rule, user, account, key, attachment.  */
#define PACKET_ASK_LEAST (CONFIG_HASHLEN + SIZE_U8 + 2 * SIZE_NAME_LEAST \
                          + SIZE_BYTES (1) + SEAL_KEYLEN + SIZE_BYTES (1))
#define PACKET_ASK_MOST  (CONFIG_HASHLEN + SIZE_U8 + 2 * SIZE_NAME_MOST  \
                          + SIZE_BYTES (PASSWD_NAMELEN) + SEAL_KEYLEN    \
                          + SIZE_BYTES (SEAL_MAX))

#define PACKET_ANSWER_LEN SIZE_U16                      /* refusal */

/* name, n_uris, the URIs, starttls, ca_file, bind_dn, base, filter,
   service_dn, member_of, timeout.  It has either a bind_dn or a base and a
   filter.  */
#define PACKET_LDAP_LEAST (SIZE_NAME_LEAST + SIZE_U8 + SIZE_BYTES (0)    \
                           + SIZE_U8 + SIZE_BYTES (0) + SIZE_BYTES (1)   \
                           + 4 * SIZE_BYTES (0) + SIZE_U32)
#define PACKET_LDAP_MOST  (SIZE_NAME_MOST + SIZE_U8                      \
                           + CONFIG_MAX_URIS * SIZE_BYTES (CONFIG_URILEN) \
                           + SIZE_U8 + SIZE_BYTES (CONFIG_PATHLEN)       \
                           + SIZE_BYTES (0)                              \
                           + 4 * SIZE_BYTES (CONFIG_DNLEN) + SIZE_U32)

/* kind, account, key, attachment.  */
#define PACKET_CHECK_LEAST (SIZE_U8 + SIZE_BYTES (1) + SEAL_KEYLEN \
                            + SIZE_BYTES (1))
#define PACKET_CHECK_MOST  (SIZE_U8 + SIZE_BYTES (PASSWD_NAMELEN)  \
                            + SEAL_KEYLEN + SIZE_BYTES (SEAL_MAX))

#define PACKET_VERDICT_LEN SIZE_U16                     /* refusal */

/* A row of a receiver's table, by the message's name: the bounds are not for
   it to say.  _FIXED is for what has a _LEN, _EMPTY for what has no body.  */
#define PACKET_RULE(name, from, handler)                                \
  { PACKET_ ## name, from, PACKET_ ## name ## _LEAST,                   \
    PACKET_ ## name ## _MOST, handler }
#define PACKET_RULE_FIXED(name, from, handler)                          \
  { PACKET_ ## name, from, PACKET_ ## name ## _LEN,                     \
    PACKET_ ## name ## _LEN, handler }
#define PACKET_RULE_EMPTY(name, from, handler)                          \
  { PACKET_ ## name, from, 0, 0, handler }

#endif /*POSTERN_PACKETS_SIZE_H*/
