/* t-packets-size.c - Tests of server/ipc/packets.c: each message at its least
 * and at its most.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * By its real encoder, through the check of a receiver's table with the rows
 * that the receivers have, into its real decoder.  A bound that is too
 * narrow stops posternd on an ordinary request; one that is too wide is not
 * what the message's fields add up to.  */

#include "packets-kit.h"

#define ONE 1u                  /* Whoever sends.  */

static size_t got;              /* Bytes of the body that was taken.  */

#define TAKER(name)                                                     \
  static gpg_error_t                                                    \
  take_ ## name (void *hook, const struct message *m)                   \
  {                                                                     \
    static struct packet_ ## name p;                                    \
                                                                        \
    (void)hook;                                                         \
    got = m->len;                                                       \
    return packet_read_ ## name (m, &p);                                \
  }

TAKER (sealed)
TAKER (signed)
TAKER (verified)
TAKER (refused)
TAKER (counts)
TAKER (recheck)
TAKER (rechecked)
TAKER (grant)
TAKER (granted)
TAKER (denied)
TAKER (close)
TAKER (closed)
TAKER (list)
TAKER (listed)
TAKER (rebuilt)
TAKER (ended)
TAKER (run)
TAKER (output)
TAKER (ran)
TAKER (begun)
TAKER (leave)
TAKER (hook)
TAKER (reloaded)
TAKER (health)
TAKER (snapshot)
TAKER (taken)
TAKER (mustered)
TAKER (ask)
TAKER (answer)
TAKER (ldap)
TAKER (check)
TAKER (verdict)

static gpg_error_t
take_nothing (void *hook, const struct message *m)
{
  (void)hook;
  got = m->len;
  return 0;
}

static const struct packet_rule table[] =
  {
    PACKET_RULE (SEALED, ONE, take_sealed),
    PACKET_RULE (SIGNED, ONE, take_signed),
    PACKET_RULE (VERIFIED, ONE, take_verified),
    PACKET_RULE (REFUSED, ONE, take_refused),
    PACKET_RULE (COUNTS, ONE, take_counts),
    PACKET_RULE (RECHECK, ONE, take_recheck),
    PACKET_RULE (RECHECKED, ONE, take_rechecked),
    PACKET_RULE (GRANT, ONE, take_grant),
    PACKET_RULE (GRANTED, ONE, take_granted),
    PACKET_RULE (DENIED, ONE, take_denied),
    PACKET_RULE (CLOSE, ONE, take_close),
    PACKET_RULE (CLOSED, ONE, take_closed),
    PACKET_RULE (LIST, ONE, take_list),
    PACKET_RULE (LISTED, ONE, take_listed),
    PACKET_RULE (REBUILT, ONE, take_rebuilt),
    PACKET_RULE (ENDED, ONE, take_ended),
    PACKET_RULE (RUN, ONE, take_run),
    PACKET_RULE (RUNNING, ONE, take_nothing),
    PACKET_RULE (OUTPUT, ONE, take_output),
    PACKET_RULE (RAN, ONE, take_ran),
    PACKET_RULE (BEGUN, ONE, take_begun),
    PACKET_RULE (HOOK, ONE, take_hook),
    PACKET_RULE (READY, ONE, take_nothing),
    PACKET_RULE (RELOAD, ONE, take_nothing),
    PACKET_RULE (RELOADED, ONE, take_reloaded),
    PACKET_RULE (HEALTH, ONE, take_health),
    PACKET_RULE (SNAPSHOT, ONE, take_snapshot),
    PACKET_RULE (TAKEN, ONE, take_taken),
    PACKET_RULE (MUSTERED, ONE, take_mustered),
    PACKET_RULE (PING, ONE, take_nothing),
    PACKET_RULE (PONG, ONE, take_nothing),
    PACKET_RULE (CONNECT, ONE, take_nothing),
    PACKET_RULE (CONNECTED, ONE, take_nothing),
    PACKET_RULE (KEEP, ONE, take_nothing),
    PACKET_RULE (KEPT, ONE, take_nothing),
    PACKET_RULE (SETTLED, ONE, take_nothing),
    PACKET_RULE (LEAVE, ONE, take_leave),
    PACKET_RULE (LEFT, ONE, take_nothing),
    PACKET_RULE (ASK, ONE, take_ask),
    PACKET_RULE (ANSWER, ONE, take_answer),
    PACKET_RULE (LDAP, ONE, take_ldap),
    PACKET_RULE (CHECK, ONE, take_check),
    PACKET_RULE (TRYING, ONE, take_nothing),
    PACKET_RULE (VERDICT, ONE, take_verdict)
  };

static gpg_error_t
receive (void)
{
  got = 0;
  return packet_dispatch (sv[1], ONE, table, sizeof table / sizeof *table,
                          NULL);
}

/* P, by its encoder, is exactly SIZE bytes and is taken.  */
#define PASSES(name, p, size)                                           \
  do {                                                                  \
    ck_assert_uint_eq (packet_send_ ## name (sv[0], 1, (p)), 0);        \
    ck_assert_msg (!receive (), #name " of " #size " is not taken");    \
    ck_assert_uint_eq (got, (size));                                    \
  } while (0)

/* A body of TYPE with SIZE bytes is no message at all.  */
static void
is_refused (uint16_t type, size_t size)
{
  static const unsigned char zero[MESSAGE_MAXLEN];

  ck_assert_uint_eq (message_send (sv[0], type, 1, zero, size), 0);
  ck_assert_uint_eq (gpg_err_code (receive ()), GPG_ERR_BAD_DATA);
  ck_assert_uint_eq (got, 0);
}

/* Every type that there is has its row here, and a body just outside of its
   bounds is refused.  */
START_TEST (test_bounds)
{
  unsigned int type, n = 0;
  const struct layout *layout;
  size_t i;

  for (type = 0; type <= UINT16_MAX; type++)
    if ((layout = packet_layout (type)))
      {
        for (i = 0; i < sizeof table / sizeof *table; i++)
          if (table[i].type == type)
            break;
        ck_assert_msg (i < sizeof table / sizeof *table, "%s", layout->name);
        n++;
        if (least (type))
          is_refused ((uint16_t)type, least (type) - 1);
        is_refused ((uint16_t)type, most (type) + 1);
      }
  ck_assert_uint_eq (n, sizeof table / sizeof *table);
}
END_TEST

static unsigned char big[MESSAGE_MAXLEN];
static const struct net_addr four = { AF_INET, { 192, 0, 2, 1 } };

static void
fill (char *text, size_t size, char c)
{
  memset (text, c, size - 1);
  text[size - 1] = 0;
}
#define FILL(text, c) fill ((text), sizeof (text), (c))

static void
all_ports (struct port_set *ports)
{
  struct port_range range = { .proto = IPPROTO_TCP };

  for (range.first = 1; ports->n < NETSPEC_MAX_RANGES; range.first += 2)
    {
      range.last = range.first;
      ck_assert_uint_eq (netspec_ports_add (ports, &range), 0);
    }
}

static void
one_port (struct port_set *ports)
{
  static const struct port_range range = { IPPROTO_TCP, 22, 22 };

  ck_assert_uint_eq (netspec_ports_add (ports, &range), 0);
}


START_TEST (test_way)
{
  struct packet_origin bare = origin;
  struct packet_origin full = origin;
  struct packet_sealed sealed = { .message = big, .message_len = 1 };
  struct packet_signed sig = { .blob = big, .blob_len = 1 };
  struct packet_refused refused = { .refusal = REFUSAL_DECRYPT };

  *bare.door = 0;
  bare.previous = false;
  FILL (full.door, 'd');
  sealed.origin = sig.origin = refused.origin = bare;
  PASSES (sealed, &sealed, least (PACKET_SEALED));
  PASSES (signed, &sig, least (PACKET_SIGNED));
  PASSES (refused, &refused, least (PACKET_REFUSED));
  sealed.origin = sig.origin = refused.origin = full;
  sealed.message_len = SEAL_MAX - 20;
  sealed.attachment = big;
  sealed.attachment_len = 20;
  PASSES (sealed, &sealed, most (PACKET_SEALED));
  sig.blob_len = PACKET_BLOBLEN;
  sig.attachment = big;
  sig.attachment_len = SEAL_MAX;
  PASSES (signed, &sig, most (PACKET_SIGNED));
  FILL (refused.fpr, 'A');
  PASSES (refused, &refused, most (PACKET_REFUSED));
}
END_TEST

START_TEST (test_counts)
{
  static struct packet_counts counts;
  unsigned int i;

  PASSES (counts, &counts, least (PACKET_COUNTS));
  for (i = 0; i < CONFIG_MAX_DOORS; i++)
    FILL (counts.door[i].name, 'd');
  PASSES (counts, &counts, most (PACKET_COUNTS));
}
END_TEST

START_TEST (test_verified)
{
  struct packet_verified p = { origin, FPR, FPR, 1, 1, 1, big, 1, big, 1, NULL,
                               0 };
  struct packet_recheck recheck = { big, 1 };
  struct packet_rechecked rechecked = { REFUSAL_UNKNOWN_KEY, "" };

  *p.origin.door = 0;
  p.origin.previous = false;
  PASSES (verified, &p, least (PACKET_VERIFIED));
  FILL (p.origin.door, 'd');
  FILL (p.primary, 'A');
  FILL (p.signing, 'B');
  p.text_len = REQUEST_MAXLEN;
  p.blob_len = PACKET_BLOBLEN;
  p.attachment = big;
  p.attachment_len = SEAL_MAX;
  PASSES (verified, &p, most (PACKET_VERIFIED));
  PASSES (recheck, &recheck, least (PACKET_RECHECK));
  recheck.blob_len = PACKET_BLOBLEN;
  PASSES (recheck, &recheck, most (PACKET_RECHECK));
  PASSES (rechecked, &rechecked, least (PACKET_RECHECKED));
  rechecked.refusal = 0;
  FILL (rechecked.primary, 'A');
  PASSES (rechecked, &rechecked, most (PACKET_RECHECKED));
}
END_TEST

static void
least_grant (struct packet_grant *p)
{
  memset (p, 0, sizeof *p);
  snprintf (p->rule, sizeof p->rule, "r");
  snprintf (p->user, sizeof p->user, "u");
  memcpy (p->fpr, FPR, sizeof FPR);
  p->addr = p->observed = four;
  one_port (&p->ports);
  p->seconds = 1;
}

static void
most_grant (struct packet_grant *p)
{
  FILL (p->rule, 'r');
  FILL (p->user, 'u');
  FILL (p->fpr, 'A');
  all_ports (&p->ports);
}

START_TEST (test_grants)
{
  struct packet_granted granted = { 1, 1 };
  struct packet_denied denied = { REFUSAL_UNKNOWN_KEY };
  struct packet_listed listed;
  struct packet_grant grant;

  least_grant (&grant);
  PASSES (grant, &grant, least (PACKET_GRANT));
  most_grant (&grant);
  PASSES (grant, &grant, most (PACKET_GRANT));
  PASSES (granted, &granted, least (PACKET_GRANTED));
  PASSES (granted, &granted, most (PACKET_GRANTED));
  PASSES (denied, &denied, least (PACKET_DENIED));
  PASSES (denied, &denied, most (PACKET_DENIED));
  memset (&listed, 0, sizeof listed);
  PASSES (listed, &listed, least (PACKET_LISTED));
  listed.number = 1;
  listed.grant = grant;
  PASSES (listed, &listed, most (PACKET_LISTED));
}
END_TEST

START_TEST (test_close)
{
  struct packet_close p;
  struct packet_closed closed = { 0, 1 };
  struct packet_list list = { 1 };
  struct packet_rebuilt rebuilt = { 1 };
  struct packet_ended ended = { 1 };

  memset (&p, 0, sizeof p);
  PASSES (close, &p, least (PACKET_CLOSE));
  FILL (p.user, 'u');
  FILL (p.prefix, 'a');
  PASSES (close, &p, most (PACKET_CLOSE));
  PASSES (closed, &closed, least (PACKET_CLOSED));
  PASSES (closed, &closed, most (PACKET_CLOSED));
  PASSES (list, &list, least (PACKET_LIST));
  PASSES (list, &list, most (PACKET_LIST));
  PASSES (rebuilt, &rebuilt, least (PACKET_REBUILT));
  PASSES (rebuilt, &rebuilt, most (PACKET_REBUILT));
  PASSES (ended, &ended, least (PACKET_ENDED));
  PASSES (ended, &ended, most (PACKET_ENDED));
}
END_TEST

/* A person's and a command's name of one character each, and no argument;
   and the longest of everything.  */
START_TEST (test_run)
{
  static struct packet_run p;
  static char empty[1], value[REQUEST_MAXLEN + 1];
  unsigned int i;

  memset (&p, 0, sizeof p);
  snprintf (p.command, sizeof p.command, "c");
  snprintf (p.user, sizeof p.user, "u");
  memcpy (p.fpr, FPR, sizeof FPR);
  p.addr = p.observed = four;
  PASSES (run, &p, least (PACKET_RUN));
  snprintf (p.command, sizeof p.command, "who");
  snprintf (p.user, sizeof p.user, "bob");
  PASSES (run, &p, least (PACKET_RUN) + 4);
  FILL (p.command, 'c');
  FILL (p.user, 'u');
  FILL (p.fpr, 'A');
  p.n_args = REQUEST_MAX_ARGS;
  for (i = 0; i < REQUEST_MAX_ARGS; i++)
    {
      FILL (p.arg[i].name, 'a');
      p.arg[i].name[0] = (char)('a' + i % 26);
      p.arg[i].name[1] = (char)('a' + i / 26);
      p.arg[i].value = empty;
    }
  FILL (value, 'v');
  p.arg[7].value = value;
  PASSES (run, &p, most (PACKET_RUN));
}
END_TEST

START_TEST (test_ran)
{
  struct packet_output output = { { 0 }, 0, big, 1 };
  struct packet_ran ran;
  struct packet_begun begun = { true };

  PASSES (output, &output, least (PACKET_OUTPUT));
  output.len = PACKET_OUTPUT_CHUNK;
  PASSES (output, &output, most (PACKET_OUTPUT));
  memset (&ran, 0, sizeof ran);
  PASSES (ran, &ran, least (PACKET_RAN));
  PASSES (ran, &ran, most (PACKET_RAN));
  PASSES (begun, &begun, least (PACKET_BEGUN));
  PASSES (begun, &begun, most (PACKET_BEGUN));
}
END_TEST

START_TEST (test_hook)
{
  struct packet_hook p;

  memset (&p, 0, sizeof p);
  p.event = CONFIG_ON_REFUSED;
  p.source = four;
  PASSES (hook, &p, least (PACKET_HOOK));
  FILL (p.user, 'u');
  FILL (p.rule, 'r');
  FILL (p.reason, 'x');
  p.addr = four;
  all_ports (&p.ports);
  PASSES (hook, &p, most (PACKET_HOOK));
}
END_TEST

START_TEST (test_parent)
{
  struct packet_leave leave;
  struct packet_reloaded reloaded;
  struct packet_health health;

  memset (&leave, 0, sizeof leave);
  PASSES (leave, &leave, least (PACKET_LEAVE));
  for (leave.n = 0; leave.n < PACKET_GONE_MOST; leave.n++)
    FILL (leave.gone[leave.n], 'u');
  PASSES (leave, &leave, most (PACKET_LEAVE));
  memset (&reloaded, 0, sizeof reloaded);
  PASSES (reloaded, &reloaded, least (PACKET_RELOADED));
  FILL (reloaded.message, 'm');
  PASSES (reloaded, &reloaded, most (PACKET_RELOADED));
  memset (&health, 0, sizeof health);
  PASSES (health, &health, least (PACKET_HEALTH));
  FILL (health.message, 'm');
  PASSES (health, &health, most (PACKET_HEALTH));
}
END_TEST

START_TEST (test_snapshot)
{
  struct packet_snapshot snapshot = { 1 };
  struct packet_taken taken = { UINT64_MAX };
  struct packet_mustered mustered;

  memset (&mustered, 0, sizeof mustered);
  PASSES (snapshot, &snapshot, least (PACKET_SNAPSHOT));
  PASSES (taken, &taken, most (PACKET_TAKEN));
  PASSES (mustered, &mustered, least (PACKET_MUSTERED));
  PASSES (mustered, &mustered, most (PACKET_MUSTERED));
}
END_TEST

START_TEST (test_vouch)
{
  struct packet_ask ask;
  struct packet_check check;
  struct packet_answer answer = { 0 };
  struct packet_verdict verdict = { 0 };

  memset (&ask, 0, sizeof ask);
  snprintf (ask.rule, sizeof ask.rule, "r");
  snprintf (ask.user, sizeof ask.user, "u");
  snprintf (ask.account, sizeof ask.account, "a");
  ask.attachment = big;
  ask.attachment_len = 1;
  PASSES (ask, &ask, least (PACKET_ASK));
  FILL (ask.rule, 'r');
  FILL (ask.user, 'u');
  FILL (ask.account, 'a');
  ask.attachment_len = SEAL_MAX;
  PASSES (ask, &ask, most (PACKET_ASK));
  memset (&check, 0, sizeof check);
  check.kind = CONFIG_REQUIRE_CRYPT;
  snprintf (check.account, sizeof check.account, "a");
  check.attachment = big;
  check.attachment_len = 1;
  PASSES (check, &check, least (PACKET_CHECK));
  FILL (check.account, 'a');
  check.attachment_len = SEAL_MAX;
  PASSES (check, &check, most (PACKET_CHECK));
  PASSES (answer, &answer, least (PACKET_ANSWER));
  PASSES (answer, &answer, most (PACKET_ANSWER));
  PASSES (verdict, &verdict, least (PACKET_VERDICT));
  PASSES (verdict, &verdict, most (PACKET_VERDICT));
}
END_TEST

/* It has either a bind_dn or a base and a filter: the bounds, which are those
   of its single fields, are of none and of both.  */
START_TEST (test_ldap)
{
  static struct packet_ldap p;

  memset (&p, 0, sizeof p);
  snprintf (p.name, sizeof p.name, "n");
  snprintf (p.bind_dn, sizeof p.bind_dn, "d");
  p.n_uris = 1;
  p.timeout = 1;
  PASSES (ldap, &p, least (PACKET_LDAP) + 1);
  FILL (p.name, 'n');
  for (p.n_uris = 0; p.n_uris < CONFIG_MAX_URIS; p.n_uris++)
    FILL (p.uri[p.n_uris], 'u');
  *p.bind_dn = 0;
  FILL (p.ca_file, 'c');
  FILL (p.base, 'b');
  FILL (p.filter, 'f');
  FILL (p.service_dn, 's');
  FILL (p.member_of, 'm');
  PASSES (ldap, &p, most (PACKET_LDAP) - CONFIG_DNLEN);
}
END_TEST

START_TEST (test_empty)
{
  static const uint16_t types[] =
    { PACKET_RUNNING, PACKET_READY, PACKET_RELOAD, PACKET_KEEP, PACKET_KEPT,
      PACKET_SETTLED, PACKET_LEFT, PACKET_PING, PACKET_PONG, PACKET_TRYING,
      PACKET_CONNECT, PACKET_CONNECTED };
  size_t i;

  for (i = 0; i < sizeof types / sizeof *types; i++)
    {
      ck_assert_uint_eq (message_send (sv[0], types[i], 1, NULL, 0), 0);
      ck_assert_uint_eq (receive (), 0);
      ck_assert_uint_eq (most (types[i]), 0);
    }
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("packets-size");
  TCase *tc = tcase_create ("bounds");
  SRunner *runner;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_bounds);
  tcase_add_test (tc, test_way);
  tcase_add_test (tc, test_counts);
  tcase_add_test (tc, test_verified);
  tcase_add_test (tc, test_grants);
  tcase_add_test (tc, test_close);
  tcase_add_test (tc, test_run);
  tcase_add_test (tc, test_ran);
  tcase_add_test (tc, test_hook);
  tcase_add_test (tc, test_parent);
  tcase_add_test (tc, test_snapshot);
  tcase_add_test (tc, test_vouch);
  tcase_add_test (tc, test_ldap);
  tcase_add_test (tc, test_empty);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_ENV);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed != 0;
}
