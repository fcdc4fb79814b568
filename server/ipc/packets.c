/* packets.c - What the roles tell each other: each message's description.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The order of the fields is that of the body.  A reader believes nobody: a
 * description must list every limit that the reader's role relies on, and
 * what no single field can say stands in a check beside it.  */

#include "packets.h"

#include <string.h>
#include "../../common/base/encode.h"
#include "fields.h"

/* Fields, by struct packet_P's member M.  */
#define MEMBER(p, m) .at = offsetof (struct packet_ ## p, m), \
  .size = sizeof ((struct packet_ ## p *)0)->m
#define NUMBER(p, m) BETWEEN (p, m, 0, UINT64_MAX)
#define BOOL(p, m) BETWEEN (p, m, 0, 1)
#define BETWEEN(p, m, first, last) \
  { FIELD_NUMBER, MEMBER (p, m), .least = first, .most = last }
#define RAW(p, m) { FIELD_RAW, MEMBER (p, m) }
#define STRING(p, m, first, grammar) \
  { FIELD_STRING, MEMBER (p, m), .least = first, \
    .most = sizeof ((struct packet_ ## p *)0)->m - 1, .valid = grammar }
#define NAME(p, m) STRING (p, m, 1, netspec_name_valid)
#define NAME_OR_NONE(p, m) STRING (p, m, 0, netspec_name_valid)
#define FPR(p, m) STRING (p, m, NETSPEC_FPRLEAST, netspec_fpr_valid)
#define FPR_OR_NONE(p, m) STRING (p, m, 0, netspec_fpr_valid)
#define BYTES(p, m, length, first, last) \
  { FIELD_BYTES, MEMBER (p, m), .least = first, .most = last, \
    .count_at = offsetof (struct packet_ ## p, length) }
#define ADDR(p, m) { FIELD_ADDR, MEMBER (p, m), .least = 1 }
#define ADDR_OR_NONE(p, m) { FIELD_ADDR, MEMBER (p, m) }
#define PORTS(p, m, first) { FIELD_PORTS, MEMBER (p, m), .least = first, \
    .most = NETSPEC_MAX_RANGES }
/* One struct, an array of always as many, and one of FIRST to all of them, as
   the field COUNT before it says.  */
#define ONE(p, m, table) \
  { FIELD_GROUP, MEMBER (p, m), .least = 1, .most = 1, .of = table }
#define ELEMENTS(p, m) \
  (sizeof ((struct packet_ ## p *)0)->m / sizeof *((struct packet_ ## p *)0)->m)
#define ARRAY(p, m) .at = offsetof (struct packet_ ## p, m), \
  .size = sizeof *((struct packet_ ## p *)0)->m, .most = ELEMENTS (p, m)
#define ALL(p, m, table) \
  { FIELD_GROUP, ARRAY (p, m), .least = ELEMENTS (p, m), .of = table }
#define COUNTED(p, m, count, first, table) \
  { FIELD_GROUP, ARRAY (p, m), .least = first, \
    .count_at = offsetof (struct packet_ ## p, count), \
    .count_size = sizeof ((struct packet_ ## p *)0)->count, .of = table }
/* One struct where the number COUNT before it is not 0.  */
#define WHERE(p, m, count, table) \
  { FIELD_OPTIONAL, MEMBER (p, m), .most = 1, \
    .count_at = offsetof (struct packet_ ## p, count), \
    .count_size = sizeof ((struct packet_ ## p *)0)->count, .of = table }
#define END { .kind = FIELD_END }


/* A packet's way.  */

static const struct field origin_fields[] =
  {
    ADDR (origin, src), ADDR (origin, dst),
    NUMBER (origin, sport), NUMBER (origin, dport),
    NUMBER (origin, ifindex), NAME_OR_NONE (origin, door),
    BOOL (origin, previous), NUMBER (origin, size), NUMBER (origin, seen), END
  };

/* Of each struct that begins with one.  The open door has no key.  */
static bool
has_origin (const void *object)
{
  const struct packet_origin *o = object;

  return o->src.family == o->dst.family && (*o->door || !o->previous);
}

static const struct field sealed_fields[] =
  {
    ONE (sealed, origin, origin_fields),
    BYTES (sealed, message, message_len, 1, SEAL_MAX),
    BYTES (sealed, attachment, attachment_len, 0, SEAL_MAX), END
  };

static const struct field signed_fields[] =
  {
    ONE (signed, origin, origin_fields),
    BYTES (signed, blob, blob_len, 1, PACKET_BLOBLEN),
    BYTES (signed, attachment, attachment_len, 0, SEAL_MAX), END
  };

static const struct field verified_fields[] =
  {
    ONE (verified, origin, origin_fields),
    FPR (verified, primary), FPR (verified, signing),
    NUMBER (verified, signed_at), NUMBER (verified, key_state),
    NUMBER (verified, keys_changed),
    BYTES (verified, text, text_len, 1, REQUEST_MAXLEN),
    BYTES (verified, blob, blob_len, 1, PACKET_BLOBLEN),
    BYTES (verified, attachment, attachment_len, 0, SEAL_MAX), END
  };

static const struct field refused_fields[] =
  {
    ONE (refused, origin, origin_fields), FPR_OR_NONE (refused, fpr),
    NUMBER (refused, refusal), END
  };

static bool
is_refused (const void *object)
{
  const struct packet_refused *p = object;

  return has_origin (p) && refusal_on_way (p->refusal);
}

static const struct field count_fields[] =
  { { FIELD_NUMBER, .size = sizeof (uint32_t), .most = UINT32_MAX }, END };

static const struct field door_fields[] =
  {
    NAME_OR_NONE (door, name), NUMBER (door, passed), NUMBER (door, previous),
    END
  };

static const struct field counts_fields[] =
  {
    ALL (counts, n, count_fields), NUMBER (counts, passed),
    ALL (counts, door, door_fields), END
  };

static const struct field recheck_fields[] =
  { BYTES (recheck, blob, blob_len, 1, PACKET_BLOBLEN), END };

static const struct field rechecked_fields[] =
  { NUMBER (rechecked, refusal), FPR_OR_NONE (rechecked, primary), END };

/* Either a refusal from the way of a packet, or a signer.  */
static bool
is_rechecked (const void *object)
{
  const struct packet_rechecked *p = object;

  return p->refusal ? refusal_on_way (p->refusal) && !*p->primary
                    : *p->primary;
}


/* Grants.  */

static const struct field grant_fields[] =
  {
    RAW (grant, hash), RAW (grant, request), NAME (grant, rule),
    NAME (grant, user), FPR (grant, fpr), ADDR (grant, addr),
    ADDR (grant, observed), PORTS (grant, ports, 1), NUMBER (grant, bind),
    BOOL (grant, once), NUMBER (grant, seconds), END
  };

/* As it is asked for; LISTED has the rest.  */
static const struct field asked_fields[] =
  {
    { FIELD_GROUP, .least = 1, .most = 1, .of = grant_fields },
    NUMBER (grant, answer_by), END
  };

static bool
is_grant (const void *object)
{
  return ((const struct packet_grant *)object)->seconds > 0;
}

static const struct field granted_fields[] =
  { NUMBER (granted, until), NUMBER (granted, seconds), END };

static const struct field denied_fields[] =
  { NUMBER (denied, refusal), END };

static bool
is_denied (const void *object)
{
  return refusal_known (((const struct packet_denied *)object)->refusal);
}

static bool
is_hex (const char *text, size_t len)
{
  return strspn (text, "0123456789abcdef") == len;
}

static const struct field close_fields[] =
  {
    NAME_OR_NONE (close, user), STRING (close, prefix, 0, is_hex),
    BOOL (close, all), END
  };

static const struct field closed_fields[] =
  { NUMBER (closed, refusal), NUMBER (closed, n), END };

static bool
is_closed (const void *object)
{
  const struct packet_closed *p = object;

  return !p->refusal || (refusal_known (p->refusal) && !p->n);
}

static const struct field list_fields[] = { NUMBER (list, after), END };

static const struct field listed_fields[] =
  {
    NUMBER (listed, number), WHERE (listed, grant, number, grant_fields),
    NUMBER (listed, since), NUMBER (listed, until), NUMBER (listed, owed), END
  };

/* A grant, or at the end what is owed and since when.  */
static bool
is_listed (const void *object)
{
  const struct packet_listed *p = object;

  return p->number ? !p->owed : !p->until && !p->owed == !p->since;
}

static const struct field rebuilt_fields[] =
  { NUMBER (rebuilt, grants), END };

static const struct field ended_fields[] = { NUMBER (ended, grants), END };


/* Commands and hooks.  */

static const struct field arg_fields[] =
  {
    { FIELD_STRING, .at = offsetof (struct request_arg, name),
      .size = NETSPEC_NAMELEN + 1, .least = 1, .most = NETSPEC_NAMELEN,
      .valid = netspec_name_valid },
    { FIELD_TEXT, .at = offsetof (struct request_arg, value),
      .most = REQUEST_MAXLEN }, END
  };

static const struct field run_fields[] =
  {
    RAW (run, hash), RAW (run, request), NAME (run, command), NAME (run, user),
    FPR (run, fpr), ADDR (run, addr), ADDR (run, observed),
    NUMBER (run, asked), NUMBER (run, n_args),
    COUNTED (run, arg, n_args, 0, arg_fields), END
  };

/* act checks the first argument of a name, and would run the last.  */
static bool
is_run (const void *object)
{
  const struct packet_run *p = object;
  unsigned int i, j;

  for (i = 0; i < p->n_args; i++)
    for (j = 0; j < i; j++)
      if (!strcmp (p->arg[i].name, p->arg[j].name))
        return false;
  return true;
}

static const struct field output_fields[] =
  {
    RAW (output, request), BETWEEN (output, from, 0, CONFIG_MAX_OUTPUT),
    BYTES (output, data, len, 1, PACKET_OUTPUT_CHUNK), END
  };

static bool
is_output (const void *object)
{
  const struct packet_output *p = object;

  return p->len <= CONFIG_MAX_OUTPUT - p->from;
}

static const struct field ran_fields[] =
  {
    RAW (ran, request), NUMBER (ran, refusal),
    BETWEEN (ran, ended_by, 0, PACKET_ENDED_REVOKED), NUMBER (ran, exit_code),
    BETWEEN (ran, signal, 0, PACKET_SIGNALS),
    BETWEEN (ran, msecs, 0, INT64_MAX), BETWEEN (ran, produced, 0, INT64_MAX),
    BETWEEN (ran, kept, 0, CONFIG_MAX_OUTPUT), END
  };

/* What was not started has no end.  */
static bool
is_ran (const void *object)
{
  const struct packet_ran *p = object;

  if (p->refusal)
    return refusal_is_start (p->refusal) && !p->exit_code && !p->signal
           && !p->kept;
  return (!p->signal || !p->exit_code) && p->kept <= p->produced;
}

static const struct field begun_fields[] = { BOOL (begun, others), END };

/* The first two events are act's own: nobody tells it of them.  */
static const struct field hook_fields[] =
  {
    RAW (hook, hash), BETWEEN (hook, event, CONFIG_ON_REFUSED,
                               CONFIG_ON_EMERGENCY),
    NAME_OR_NONE (hook, user), NAME_OR_NONE (hook, rule), RAW (hook, request),
    ADDR (hook, source), ADDR_OR_NONE (hook, addr), PORTS (hook, ports, 0),
    STRING (hook, reason, 0, encode_is_line), END
  };

_Static_assert (CONFIG_ON_REFUSED > CONFIG_ON_OPEN
                && CONFIG_ON_REFUSED > CONFIG_ON_CLOSE
                && CONFIG_ON_EMERGENCY == CONFIG_N_EVENTS - 1,
                "decide's events are the last");


/* posternd's.  */

#define GONE_SIZE sizeof *((struct packet_leave *)0)->gone

static const struct field gone_fields[] =
  { { FIELD_STRING, .size = GONE_SIZE, .least = 1, .most = GONE_SIZE - 1,
      .valid = netspec_name_valid }, END };

static const struct field leave_fields[] =
  { NUMBER (leave, n), COUNTED (leave, gone, n, 0, gone_fields), END };

static const struct field reloaded_fields[] =
  { STRING (reloaded, message, 0, NULL), END };

static const struct field health_fields[] =
  { STRING (health, message, 0, NULL), END };


/* Credentials.  The key and the attachment together are a password.  */

static const struct field ask_fields[] =
  {
    RAW (ask, hash), BOOL (ask, command), NAME (ask, rule), NAME (ask, user),
    STRING (ask, account, 1, encode_is_line), RAW (ask, key),
    BYTES (ask, attachment, attachment_len, 1, SEAL_MAX), END
  };

static const struct field answer_fields[] =
  { NUMBER (answer, refusal), END };

static bool
is_answer (const void *object)
{
  const struct packet_answer *p = object;

  return !p->refusal || refusal_is_vouchs (p->refusal);
}

static const struct field verdict_fields[] =
  { NUMBER (verdict, refusal), END };

static bool
is_verdict (const void *object)
{
  const struct packet_verdict *p = object;

  return !p->refusal || refusal_is_vouchs (p->refusal);
}

#define URI_SIZE sizeof *((struct packet_ldap *)0)->uri

static const struct field uri_fields[] =
  { { FIELD_STRING, .size = URI_SIZE, .most = URI_SIZE - 1 }, END };

static const struct field ldap_fields[] =
  {
    NAME (ldap, name), NUMBER (ldap, n_uris),
    COUNTED (ldap, uri, n_uris, 1, uri_fields), BOOL (ldap, starttls),
    STRING (ldap, ca_file, 0, NULL), STRING (ldap, bind_dn, 0, NULL),
    STRING (ldap, base, 0, NULL), STRING (ldap, filter, 0, NULL),
    STRING (ldap, service_dn, 0, NULL), STRING (ldap, member_of, 0, NULL),
    BETWEEN (ldap, timeout, 1, UINT32_MAX), END
  };

/* Either a bind_dn or a base and a filter.  */
static bool
is_ldap (const void *object)
{
  const struct packet_ldap *p = object;

  return !*p->bind_dn == !!*p->filter && !*p->filter == !*p->base;
}

static const struct field check_fields[] =
  {
    BETWEEN (check, kind, CONFIG_REQUIRE_CRYPT, CONFIG_REQUIRE_LDAP),
    STRING (check, account, 1, encode_is_line), RAW (check, key),
    BYTES (check, attachment, attachment_len, 1, SEAL_MAX), END
  };

static const struct field snapshot_fields[] =
  { BETWEEN (snapshot, generation, 1, UINT64_MAX), END };

static const struct field taken_fields[] =
  { BETWEEN (taken, generation, 1, UINT64_MAX), END };

static const struct field mustered_fields[] =
  {
    NUMBER (mustered, keys), NUMBER (mustered, left_out),
    NUMBER (mustered, next), NUMBER (mustered, changed), END
  };


/* All of them.  */

static const struct field no_fields[] = { END };

#define MESSAGE(NAME, p, most, good)                                    \
  [PACKET_ ## NAME] = { #NAME, p ## _fields, sizeof (struct packet_ ## p), \
                        most, good }
#define EMPTY(NAME) [PACKET_ ## NAME] = { #NAME, no_fields, 0, 0, NULL }

static const struct layout layouts[] =
  {
    /* Message and attachment are out of one datagram, ...  */
    MESSAGE (SEALED, sealed, SEAL_MAX, has_origin),
    MESSAGE (SIGNED, signed, 0, has_origin),
    MESSAGE (VERIFIED, verified, 0, has_origin),
    MESSAGE (REFUSED, refused, 0, is_refused),
    MESSAGE (COUNTS, counts, 0, NULL),
    MESSAGE (RECHECK, recheck, 0, NULL),
    MESSAGE (RECHECKED, rechecked, 0, is_rechecked),
    [PACKET_GRANT] = { "GRANT", asked_fields, sizeof (struct packet_grant), 0,
                       is_grant },
    MESSAGE (CLOSE, close, 0, NULL),
    MESSAGE (LIST, list, 0, NULL),
    MESSAGE (GRANTED, granted, 0, NULL),
    MESSAGE (DENIED, denied, 0, is_denied),
    MESSAGE (CLOSED, closed, 0, is_closed),
    MESSAGE (LISTED, listed, 0, is_listed),
    MESSAGE (REBUILT, rebuilt, 0, NULL),
    MESSAGE (ENDED, ended, 0, NULL),
    /* ... and values out of one request.  */
    MESSAGE (RUN, run, REQUEST_MAXLEN, is_run),
    EMPTY (RUNNING),
    MESSAGE (OUTPUT, output, 0, is_output),
    MESSAGE (RAN, ran, 0, is_ran),
    MESSAGE (BEGUN, begun, 0, NULL),
    MESSAGE (HOOK, hook, 0, NULL),
    EMPTY (READY),
    EMPTY (RELOAD),
    MESSAGE (RELOADED, reloaded, 0, NULL),
    EMPTY (KEEP),
    EMPTY (KEPT),
    EMPTY (SETTLED),
    MESSAGE (LEAVE, leave, 0, NULL),
    EMPTY (LEFT),
    EMPTY (PING),
    EMPTY (PONG),
    MESSAGE (HEALTH, health, 0, NULL),
    EMPTY (CONNECT),
    EMPTY (CONNECTED),
    MESSAGE (SNAPSHOT, snapshot, 0, NULL),
    MESSAGE (TAKEN, taken, 0, NULL),
    MESSAGE (MUSTERED, mustered, 0, NULL),
    MESSAGE (ASK, ask, 0, NULL),
    MESSAGE (ANSWER, answer, 0, is_answer),
    MESSAGE (LDAP, ldap, 0, is_ldap),
    MESSAGE (CHECK, check, 0, NULL),
    EMPTY (TRYING),
    MESSAGE (VERDICT, verdict, 0, is_verdict)
  };

const struct layout *
packet_layout (unsigned int type)
{
  return type < sizeof layouts / sizeof *layouts && layouts[type].name
         ? layouts + type : NULL;
}
