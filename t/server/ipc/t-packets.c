/* t-packets.c - Tests of server/ipc/packets.c and server/ipc/refusal.c.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "packets-kit.h"

static void
same_origin (const struct packet_origin *o)
{
  ck_assert (netspec_addr_equal (&o->src, &origin.src));
  ck_assert (netspec_addr_equal (&o->dst, &origin.dst));
  ck_assert_uint_eq (o->sport, origin.sport);
  ck_assert_uint_eq (o->dport, origin.dport);
  ck_assert_uint_eq (o->ifindex, origin.ifindex);
  ck_assert_str_eq (o->door, origin.door);
  ck_assert_uint_eq (o->previous, origin.previous);
  ck_assert_uint_eq (o->size, origin.size);
  ck_assert (o->seen == origin.seen);
}

START_TEST (test_sealed)
{
  struct packet_sealed p = { origin, (const void *)"abc", 3,
                             (const void *)"de", 2 };
  struct packet_sealed q;
  static unsigned char big[SEAL_MAX];

  ck_assert_uint_eq (packet_send_sealed (sv[0], 1, &p), 0);
  fetch (PACKET_SEALED, least (PACKET_SEALED), most (PACKET_SEALED));
  CUTS (sealed, q);
  same_origin (&q.origin);
  ck_assert_uint_eq (q.message_len, 3);
  ck_assert_mem_eq (q.message, "abc", 3);
  ck_assert_mem_eq (q.attachment, "de", 2);
  /* A door that cannot be; the longest name and the open one pass.  */
  memcpy (p.origin.door, "Main", 5);
  packet_send_sealed (sv[0], 1, &p);
  fetch (PACKET_SEALED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_sealed (&msg, &q), 0);
  memset (p.origin.door, 'm', NETSPEC_NAMELEN);
  packet_send_sealed (sv[0], 1, &p);
  fetch (PACKET_SEALED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_eq (packet_read_sealed (&msg, &q), 0);
  ck_assert_str_eq (q.origin.door, p.origin.door);
  *p.origin.door = 0;           /* It has no previous key.  */
  packet_send_sealed (sv[0], 1, &p);
  fetch (PACKET_SEALED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_sealed (&msg, &q), 0);
  p.origin.previous = false;
  p.message = big;
  p.message_len = sizeof big - 2;
  packet_send_sealed (sv[0], 1, &p);
  fetch (PACKET_SEALED, least (PACKET_SEALED), most (PACKET_SEALED));
  ck_assert_uint_eq (packet_read_sealed (&msg, &q), 0);
  /* An empty message; addresses of two families, and of none.  */
  p.message_len = 0;
  packet_send_sealed (sv[0], 1, &p);
  fetch (PACKET_SEALED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_sealed (&msg, &q), 0);
  p.message_len = 1;
  p.origin.dst.family = AF_INET6;
  packet_send_sealed (sv[0], 1, &p);
  fetch (PACKET_SEALED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_sealed (&msg, &q), 0);
  memset (&p.origin.dst, 0, sizeof p.origin.dst);
  memset (&p.origin.src, 0, sizeof p.origin.src);
  packet_send_sealed (sv[0], 1, &p);
  fetch (PACKET_SEALED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_sealed (&msg, &q), 0);
}
END_TEST

START_TEST (test_signed)
{
  static unsigned char blob[PACKET_BLOBLEN + 1];
  struct packet_signed p = { origin, blob, 9, NULL, 0 };
  struct packet_signed q;

  ck_assert_uint_eq (packet_send_signed (sv[0], 1, &p), 0);
  fetch (PACKET_SIGNED, least (PACKET_SIGNED), most (PACKET_SIGNED));
  CUTS (signed, q);
  p.blob_len = PACKET_BLOBLEN;
  packet_send_signed (sv[0], 1, &p);
  fetch (PACKET_SIGNED, least (PACKET_SIGNED), most (PACKET_SIGNED));
  ck_assert_uint_eq (packet_read_signed (&msg, &q), 0);
  p.blob_len++;
  packet_send_signed (sv[0], 1, &p);
  fetch (PACKET_SIGNED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_signed (&msg, &q), 0);
}
END_TEST

START_TEST (test_verified)
{
  static unsigned char big[SEAL_MAX];
  struct packet_verified p = { origin, FPR, FPR, 5, 7, 9, (const void *)"t", 1,
                               (const void *)"b", 1, NULL, 0 };
  struct packet_verified q;

  ck_assert_uint_eq (packet_send_verified (sv[0], 1, &p), 0);
  fetch (PACKET_VERIFIED, least (PACKET_VERIFIED), most (PACKET_VERIFIED));
  CUTS (verified, q);
  ck_assert_str_eq (q.primary, FPR);
  ck_assert_uint_eq (q.signed_at, 5);
  memcpy (p.primary, FPR5, sizeof FPR5);
  memcpy (p.signing, FPR5, sizeof FPR5);
  p.text = p.blob = p.attachment = big;
  p.text_len = REQUEST_MAXLEN;
  p.blob_len = PACKET_BLOBLEN;
  p.attachment_len = SEAL_MAX;
  ck_assert_uint_eq (packet_send_verified (sv[0], 1, &p), 0);
  fetch (PACKET_VERIFIED, least (PACKET_VERIFIED), most (PACKET_VERIFIED));
  ck_assert_uint_eq (packet_read_verified (&msg, &q), 0);
  p.signing[3] = 'x';
  packet_send_verified (sv[0], 1, &p);
  fetch (PACKET_VERIFIED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_verified (&msg, &q), 0);
}
END_TEST

START_TEST (test_recheck)
{
  static unsigned char blob[PACKET_BLOBLEN + 1];
  struct packet_recheck p = { blob, 1 };
  struct packet_recheck q;

  ck_assert_uint_eq (packet_send_recheck (sv[0], 1, &p), 0);
  fetch (PACKET_RECHECK, least (PACKET_RECHECK), least (PACKET_RECHECK));
  CUTS (recheck, q);
  p.blob_len = PACKET_BLOBLEN;
  packet_send_recheck (sv[0], 1, &p);
  fetch (PACKET_RECHECK, most (PACKET_RECHECK), most (PACKET_RECHECK));
  ck_assert_uint_eq (packet_read_recheck (&msg, &q), 0);
  ck_assert_uint_eq (q.blob_len, PACKET_BLOBLEN);
  p.blob_len++;
  packet_send_recheck (sv[0], 1, &p);
  fetch (PACKET_RECHECK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_recheck (&msg, &q), 0);
}
END_TEST

/* A good one has a signer, a refused one none, and a reason from the way
   of a packet.  */
START_TEST (test_rechecked)
{
  struct packet_rechecked p = { 0, FPR5 };
  struct packet_rechecked q;

  ck_assert_uint_eq (packet_send_rechecked (sv[0], 1, &p), 0);
  fetch (PACKET_RECHECKED, most (PACKET_RECHECKED), most (PACKET_RECHECKED));
  CUTS (rechecked, q);
  ck_assert_str_eq (q.primary, FPR5);
  p.refusal = REFUSAL_KEY_REVOKED;
  packet_send_rechecked (sv[0], 1, &p);
  fetch (PACKET_RECHECKED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_rechecked (&msg, &q), 0);
  *p.primary = 0;
  packet_send_rechecked (sv[0], 1, &p);
  fetch (PACKET_RECHECKED, least (PACKET_RECHECKED), least (PACKET_RECHECKED));
  ck_assert_uint_eq (packet_read_rechecked (&msg, &q), 0);
  ck_assert_uint_eq (q.refusal, REFUSAL_KEY_REVOKED);
  p.refusal = REFUSAL_NO_RULE;
  packet_send_rechecked (sv[0], 1, &p);
  fetch (PACKET_RECHECKED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_rechecked (&msg, &q), 0);
  p.refusal = 0;
  packet_send_rechecked (sv[0], 1, &p);
  fetch (PACKET_RECHECKED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_rechecked (&msg, &q), 0);
}
END_TEST

START_TEST (test_refused)
{
  struct packet_refused p = { origin, "", REFUSAL_DECRYPT };
  struct packet_refused q;

  ck_assert_uint_eq (packet_send_refused (sv[0], 1, &p), 0);
  fetch (PACKET_REFUSED, least (PACKET_REFUSED), most (PACKET_REFUSED));
  CUTS (refused, q);
  ck_assert_uint_eq (q.refusal, REFUSAL_DECRYPT);
  ck_assert_str_eq (q.fpr, "");
  memcpy (p.fpr, FPR5, sizeof FPR5);
  packet_send_refused (sv[0], 1, &p);
  fetch (PACKET_REFUSED, least (PACKET_REFUSED), most (PACKET_REFUSED));
  CUTS (refused, q);
  ck_assert_str_eq (q.fpr, FPR5);
  p.fpr[3] = 'x';
  packet_send_refused (sv[0], 1, &p);
  fetch (PACKET_REFUSED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_refused (&msg, &q), 0);
  *p.fpr = 0;
  p.refusal = REFUSAL_COUNTED;
  packet_send_refused (sv[0], 1, &p);
  fetch (PACKET_REFUSED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_refused (&msg, &q), 0);
}
END_TEST

/* What only decide and act can know comes from nobody before them.  */
START_TEST (test_refused_on_way)
{
  static const unsigned int good[] =
    { REFUSAL_SEAL, REFUSAL_NOT_FOR_US, REFUSAL_BAD_SIGNATURE,
      REFUSAL_GRAMMAR, REFUSAL_OUTER_FRAMING + FRAMING_ARMOUR,
      REFUSAL_INNER_FRAMING + FRAMING_NUMBER };
  static const unsigned int bad[] =
    { REFUSAL_NONE, REFUSAL_NOT_ADDRESSED, REFUSAL_REPLAY, REFUSAL_NO_RULE,
      REFUSAL_ACT_GONE, REFUSAL_OUTER_FRAMING, REFUSAL_INNER_FRAMING,
      REFUSAL_END, 0xffff };
  struct packet_refused p = { origin, "", 0 };
  struct packet_refused q;
  size_t i;

  for (i = 0; i < sizeof good / sizeof *good; i++)
    {
      p.refusal = (uint16_t)good[i];
      packet_send_refused (sv[0], 1, &p);
      fetch (PACKET_REFUSED, 0, MESSAGE_MAXLEN);
      ck_assert_uint_eq (packet_read_refused (&msg, &q), 0);
      ck_assert_uint_eq (q.refusal, good[i]);
    }
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      p.refusal = (uint16_t)bad[i];
      packet_send_refused (sv[0], 1, &p);
      fetch (PACKET_REFUSED, 0, MESSAGE_MAXLEN);
      ck_assert_uint_ne (packet_read_refused (&msg, &q), 0);
    }
}
END_TEST

START_TEST (test_counts)
{
  struct packet_counts p, q;

  memset (&p, 0, sizeof p);
  p.n[REFUSAL_SEAL] = 200000;
  p.n[REFUSAL_COUNTED - 1] = 1;
  p.passed = 2;
  memcpy (p.door[CONFIG_MAX_DOORS - 1].name, "main", 5);
  p.door[CONFIG_MAX_DOORS - 1].passed = 2;
  p.door[CONFIG_MAX_DOORS - 1].previous = 1;
  ck_assert_uint_eq (packet_send_counts (sv[0], 1, &p), 0);
  fetch (PACKET_COUNTS, least (PACKET_COUNTS), most (PACKET_COUNTS));
  CUTS (counts, q);
  ck_assert_mem_eq (&p, &q, sizeof p);
}
END_TEST

static void
fill_grant (struct packet_grant *p)
{
  memset (p, 0, sizeof *p);
  memset (p->hash, 1, sizeof p->hash);
  memset (p->request, 2, sizeof p->request);
  memcpy (p->rule, "ssh", 4);
  memcpy (p->user, "alice", 6);
  memcpy (p->fpr, FPR, sizeof FPR);
  p->addr = origin.src;
  p->observed = origin.dst;
  ck_assert_uint_eq (netspec_ports_parse ("tcp/22", &p->ports), 0);
  p->bind = 40000;
  p->once = true;
  p->seconds = 60;
  p->answer_by = UINT64_C (0x123456789ab);
}

static int
grant_passes (const struct packet_grant *p)
{
  struct packet_grant q;

  ck_assert_uint_eq (packet_send_grant (sv[0], 5, p), 0);
  fetch (PACKET_GRANT, 0, MESSAGE_MAXLEN);
  return !packet_read_grant (&msg, &q);
}

START_TEST (test_grant)
{
  struct packet_grant p, q;

  fill_grant (&p);
  ck_assert_uint_eq (packet_send_grant (sv[0], 5, &p), 0);
  fetch (PACKET_GRANT, least (PACKET_GRANT), most (PACKET_GRANT));
  CUTS (grant, q);
  ck_assert_mem_eq (q.hash, p.hash, sizeof p.hash);
  ck_assert_mem_eq (q.request, p.request, sizeof p.request);
  ck_assert_str_eq (q.rule, "ssh");
  ck_assert_str_eq (q.user, "alice");
  ck_assert (netspec_addr_equal (&q.addr, &p.addr));
  ck_assert (netspec_addr_equal (&q.observed, &p.observed));
  ck_assert_uint_eq (q.ports.range[0].first, 22);
  ck_assert_uint_eq (q.bind, 40000);
  ck_assert (q.once);
  ck_assert_uint_eq (q.seconds, 60);
  ck_assert_uint_eq (q.answer_by, p.answer_by);
  p.seconds = 0;
  ck_assert (!grant_passes (&p));
  fill_grant (&p);
  p.rule[0] = '-';
  ck_assert (!grant_passes (&p));
  fill_grant (&p);
  p.user[0] = 0;
  ck_assert (!grant_passes (&p));
  fill_grant (&p);
  p.ports.n = 0;
  ck_assert (!grant_passes (&p));
  fill_grant (&p);
  memset (&p.addr, 0, sizeof p.addr);
  ck_assert (!grant_passes (&p));
  fill_grant (&p);
  ck_assert (grant_passes (&p));
}
END_TEST

START_TEST (test_grant_bounds)
{
  struct packet_grant p;
  struct port_range range = { IPPROTO_TCP, 1, 1 };

  fill_grant (&p);
  memset (p.rule, 'r', NETSPEC_NAMELEN);
  memset (p.user, 'u', NETSPEC_NAMELEN);
  memcpy (p.fpr, FPR5, sizeof FPR5);
  for (p.ports.n = 0; p.ports.n < NETSPEC_MAX_RANGES; range.first++)
    {
      range.last = range.first;
      ck_assert_uint_eq (netspec_ports_add (&p.ports, &range), 0);
    }
  ck_assert_uint_eq (packet_send_grant (sv[0], 5, &p), 0);
  fetch (PACKET_GRANT, most (PACKET_GRANT), most (PACKET_GRANT));
  fill_grant (&p);
  p.rule[1] = p.user[1] = 0;
  ck_assert_uint_eq (packet_send_grant (sv[0], 5, &p), 0);
  fetch (PACKET_GRANT, least (PACKET_GRANT), least (PACKET_GRANT));
}
END_TEST

START_TEST (test_answers)
{
  struct packet_granted granted = { 1700000000, 60 }, granted2;
  struct packet_denied denied = { REFUSAL_FIREWALL }, denied2;
  struct packet_closed closed = { 0, 3 }, closed2;
  struct packet_rebuilt rebuilt = { 7 }, rebuilt2;
  struct packet_ended ended = { 9 }, ended2;
  struct packet_list list = { 42 }, list2;

  packet_send_granted (sv[0], 1, &granted);
  fetch (PACKET_GRANTED, least (PACKET_GRANTED), least (PACKET_GRANTED));
  CUTS (granted, granted2);
  ck_assert (granted2.until == granted.until && granted2.seconds == 60);
  packet_send_denied (sv[0], 1, &denied);
  fetch (PACKET_DENIED, least (PACKET_DENIED), least (PACKET_DENIED));
  CUTS (denied, denied2);
  ck_assert_uint_eq (denied2.refusal, REFUSAL_FIREWALL);
  denied.refusal = REFUSAL_NONE;
  packet_send_denied (sv[0], 1, &denied);
  fetch (PACKET_DENIED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_denied (&msg, &denied2), 0);
  packet_send_closed (sv[0], 1, &closed);
  fetch (PACKET_CLOSED, least (PACKET_CLOSED), least (PACKET_CLOSED));
  CUTS (closed, closed2);
  ck_assert_uint_eq (closed2.n, 3);
  closed.refusal = REFUSAL_AMBIGUOUS;   /* And yet closed some?  */
  packet_send_closed (sv[0], 1, &closed);
  fetch (PACKET_CLOSED, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_closed (&msg, &closed2), 0);
  packet_send_rebuilt (sv[0], 1, &rebuilt);
  fetch (PACKET_REBUILT, least (PACKET_REBUILT), least (PACKET_REBUILT));
  CUTS (rebuilt, rebuilt2);
  ck_assert_uint_eq (rebuilt2.grants, 7);
  packet_send_ended (sv[0], 1, &ended);
  fetch (PACKET_ENDED, least (PACKET_ENDED), least (PACKET_ENDED));
  CUTS (ended, ended2);
  ck_assert_uint_eq (ended2.grants, 9);
  packet_send_list (sv[0], 1, &list);
  fetch (PACKET_LIST, least (PACKET_LIST), least (PACKET_LIST));
  CUTS (list, list2);
  ck_assert (list2.after == 42);
}
END_TEST

START_TEST (test_close)
{
  struct packet_close p = { "alice", "7f3a9c2e", true }, q;

  packet_send_close (sv[0], 1, &p);
  fetch (PACKET_CLOSE, least (PACKET_CLOSE), most (PACKET_CLOSE));
  CUTS (close, q);
  ck_assert_mem_eq (&p, &q, sizeof p);
  memcpy (p.prefix, "7F", 3);
  packet_send_close (sv[0], 1, &p);
  fetch (PACKET_CLOSE, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_close (&msg, &q), 0);
  memset (&p, 0, sizeof p);
  packet_send_close (sv[0], 1, &p);
  fetch (PACKET_CLOSE, least (PACKET_CLOSE), least (PACKET_CLOSE));
  ck_assert_uint_eq (packet_read_close (&msg, &q), 0);
  body[msg.len - 1] = 2;        /* Neither true nor false.  */
  ck_assert_uint_ne (packet_read_close (&msg, &q), 0);
}
END_TEST

START_TEST (test_listed)
{
  struct packet_listed p, q;

  memset (&p, 0, sizeof p);
  packet_send_listed (sv[0], 1, &p);
  fetch (PACKET_LISTED, least (PACKET_LISTED), least (PACKET_LISTED));
  CUTS (listed, q);
  p.owed = 2;
  p.since = 50;
  packet_send_listed (sv[0], 1, &p);
  fetch (PACKET_LISTED, least (PACKET_LISTED), least (PACKET_LISTED));
  CUTS (listed, q);
  ck_assert (!q.number && q.owed == 2 && q.since == 50);
  p.since = 0;                  /* Owed, and not since when.  */
  packet_send_listed (sv[0], 1, &p);
  fetch (PACKET_LISTED, least (PACKET_LISTED), least (PACKET_LISTED));
  ck_assert_uint_ne (packet_read_listed (&msg, &q), 0);
  p.owed = 0;
  p.number = 9;
  p.since = 100;
  p.until = 160;
  fill_grant (&p.grant);
  packet_send_listed (sv[0], 1, &p);
  fetch (PACKET_LISTED, least (PACKET_LISTED), most (PACKET_LISTED));
  CUTS (listed, q);
  ck_assert (q.number == 9 && q.since == 100 && q.until == 160);
  ck_assert_str_eq (q.grant.user, "alice");
}
END_TEST

START_TEST (test_reloaded)
{
  struct packet_reloaded p, q;

  memset (&p, 0, sizeof p);
  packet_send_reloaded (sv[0], 1, &p);
  fetch (PACKET_RELOADED, least (PACKET_RELOADED), least (PACKET_RELOADED));
  ck_assert_uint_eq (packet_read_reloaded (&msg, &q), 0);
  memset (p.message, 'x', sizeof p.message - 1);
  packet_send_reloaded (sv[0], 1, &p);
  fetch (PACKET_RELOADED, most (PACKET_RELOADED), most (PACKET_RELOADED));
  CUTS (reloaded, q);
  ck_assert_str_eq (p.message, q.message);
}
END_TEST

START_TEST (test_ask)
{
  struct packet_ask p, q;
  static unsigned char big[SEAL_MAX];

  memset (&p, 0, sizeof p);
  memset (p.hash, 7, sizeof p.hash);
  memset (p.key, 9, sizeof p.key);
  snprintf (p.rule, sizeof p.rule, "%s", "s");
  snprintf (p.user, sizeof p.user, "%s", "a");
  snprintf (p.account, sizeof p.account, "%s", "b");
  p.attachment = big;
  p.attachment_len = 1;
  packet_send_ask (sv[0], 1, &p);
  fetch (PACKET_ASK, least (PACKET_ASK), least (PACKET_ASK));
  CUTS (ask, q);
  memset (p.rule, 's', NETSPEC_NAMELEN);
  memset (p.user, 'a', NETSPEC_NAMELEN);
  memset (p.account, 'b', PASSWD_NAMELEN);
  p.attachment_len = sizeof big;
  packet_send_ask (sv[0], 1, &p);
  fetch (PACKET_ASK, most (PACKET_ASK), most (PACKET_ASK));
  CUTS (ask, q);
  ck_assert_mem_eq (q.hash, p.hash, sizeof p.hash);
  ck_assert_mem_eq (q.key, p.key, sizeof p.key);
  ck_assert_str_eq (q.rule, p.rule);
  ck_assert_str_eq (q.user, p.user);
  ck_assert_str_eq (q.account, p.account);
  ck_assert_uint_eq (q.attachment_len, sizeof big);
  /* No account, an unclean one, no attachment, no rule.  */
  snprintf (p.account, sizeof p.account, "%s", "al\xc3\xads x");
  packet_send_ask (sv[0], 1, &p);
  fetch (PACKET_ASK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_eq (packet_read_ask (&msg, &q), 0);
  snprintf (p.account, sizeof p.account, "%s", "a\nb");
  packet_send_ask (sv[0], 1, &p);
  fetch (PACKET_ASK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ask (&msg, &q), 0);
  snprintf (p.account, sizeof p.account, "%s", "");
  packet_send_ask (sv[0], 1, &p);
  fetch (PACKET_ASK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ask (&msg, &q), 0);
  snprintf (p.account, sizeof p.account, "%s", "b");
  p.attachment_len = 0;
  packet_send_ask (sv[0], 1, &p);
  fetch (PACKET_ASK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ask (&msg, &q), 0);
  p.attachment_len = 1;
  snprintf (p.rule, sizeof p.rule, "%s", "");
  packet_send_ask (sv[0], 1, &p);
  fetch (PACKET_ASK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ask (&msg, &q), 0);
}
END_TEST

START_TEST (test_verdicts)
{
  static const uint16_t good[] =
    { 0, REFUSAL_OTHER_CONFIG, REFUSAL_VOUCH_BUSY, REFUSAL_VOUCH_FAILED,
      REFUSAL_CREDENTIAL_FORM, REFUSAL_VOUCH_DEADLINE };
  /* What is not vouch's to say.  */
  static const uint16_t bad[] =
    { REFUSAL_SEAL, REFUSAL_PORTS, REFUSAL_ACT_RULE, REFUSAL_VOUCH_GONE,
      REFUSAL_CREDENTIAL_LOCKED, REFUSAL_VOUCH_DEADLINE + 1, 0xffff };
  struct packet_answer p, q;
  struct packet_verdict v, w;
  size_t i;

  for (i = 0; i < sizeof good / sizeof *good; i++)
    {
      p.refusal = v.refusal = good[i];
      packet_send_answer (sv[0], 1, &p);
      fetch (PACKET_ANSWER, least (PACKET_ANSWER), least (PACKET_ANSWER));
      CUTS (answer, q);
      ck_assert_uint_eq (q.refusal, good[i]);
      packet_send_verdict (sv[0], 1, &v);
      fetch (PACKET_VERDICT, least (PACKET_VERDICT), least (PACKET_VERDICT));
      CUTS (verdict, w);
      ck_assert_uint_eq (w.refusal, good[i]);
    }
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      p.refusal = v.refusal = bad[i];
      packet_send_answer (sv[0], 1, &p);
      fetch (PACKET_ANSWER, 2, 2);
      ck_assert_uint_ne (packet_read_answer (&msg, &q), 0);
      packet_send_verdict (sv[0], 1, &v);
      fetch (PACKET_VERDICT, 2, 2);
      ck_assert_uint_ne (packet_read_verdict (&msg, &w), 0);
    }
}
END_TEST

START_TEST (test_ldap)
{
  static struct packet_ldap p, q;
  unsigned int i;

  snprintf (p.name, sizeof p.name, "%s", "c");
  p.n_uris = 1;
  snprintf (p.bind_dn, sizeof p.bind_dn, "%s", "x");
  p.timeout = 1;
  packet_send_ldap (sv[0], 1, &p);
  fetch (PACKET_LDAP, least (PACKET_LDAP) + 1, least (PACKET_LDAP) + 1);
  CUTS (ldap, q);
  /* The longest; bind-dn stands for the search then.  */
  memset (p.name, 'c', NETSPEC_NAMELEN);
  p.n_uris = CONFIG_MAX_URIS;
  for (i = 0; i < p.n_uris; i++)
    memset (p.uri[i], 'u', CONFIG_URILEN);
  p.starttls = true;
  memset (p.ca_file, 'f', CONFIG_PATHLEN);
  snprintf (p.bind_dn, sizeof p.bind_dn, "%s", "");
  memset (p.base, 'b', CONFIG_DNLEN);
  memset (p.filter, 'f', CONFIG_DNLEN);
  memset (p.service_dn, 's', CONFIG_DNLEN);
  memset (p.member_of, 'm', CONFIG_DNLEN);
  packet_send_ldap (sv[0], 1, &p);
  fetch (PACKET_LDAP, least (PACKET_LDAP), most (PACKET_LDAP));
  CUTS (ldap, q);
  ck_assert_mem_eq (&p, &q, sizeof p);
  /* Neither way to an entry, both, and a half of one.  */
  snprintf (p.filter, sizeof p.filter, "%s", "");
  packet_send_ldap (sv[0], 1, &p);
  fetch (PACKET_LDAP, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ldap (&msg, &q), 0);
  snprintf (p.bind_dn, sizeof p.bind_dn, "%s", "x");
  packet_send_ldap (sv[0], 1, &p);
  fetch (PACKET_LDAP, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ldap (&msg, &q), 0);
  snprintf (p.filter, sizeof p.filter, "%s", "f");
  packet_send_ldap (sv[0], 1, &p);
  fetch (PACKET_LDAP, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ldap (&msg, &q), 0);
  snprintf (p.filter, sizeof p.filter, "%s", "");
  snprintf (p.base, sizeof p.base, "%s", "");
  packet_send_ldap (sv[0], 1, &p);
  fetch (PACKET_LDAP, 0, MESSAGE_MAXLEN);
  ck_assert_uint_eq (packet_read_ldap (&msg, &q), 0);
  p.n_uris = 0;
  packet_send_ldap (sv[0], 1, &p);
  fetch (PACKET_LDAP, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_ldap (&msg, &q), 0);
}
END_TEST

START_TEST (test_check)
{
  struct packet_check p, q;
  static unsigned char big[SEAL_MAX];

  memset (&p, 0, sizeof p);
  p.kind = CONFIG_REQUIRE_CRYPT;
  snprintf (p.account, sizeof p.account, "%s", "a");
  memset (p.key, 9, sizeof p.key);
  p.attachment = big;
  p.attachment_len = 1;
  packet_send_check (sv[0], 1, &p);
  fetch (PACKET_CHECK, least (PACKET_CHECK), least (PACKET_CHECK));
  CUTS (check, q);
  memset (p.account, 'a', PASSWD_NAMELEN);
  p.kind = CONFIG_REQUIRE_LDAP;
  p.attachment_len = sizeof big;
  packet_send_check (sv[0], 1, &p);
  fetch (PACKET_CHECK, most (PACKET_CHECK), most (PACKET_CHECK));
  CUTS (check, q);
  ck_assert_uint_eq (q.kind, CONFIG_REQUIRE_LDAP);
  ck_assert_str_eq (q.account, p.account);
  ck_assert_mem_eq (q.key, p.key, sizeof p.key);
  p.kind = CONFIG_REQUIRE_LDAP + 1;
  packet_send_check (sv[0], 1, &p);
  fetch (PACKET_CHECK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_check (&msg, &q), 0);
  p.kind = CONFIG_REQUIRE_NONE;
  packet_send_check (sv[0], 1, &p);
  fetch (PACKET_CHECK, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_check (&msg, &q), 0);
}
END_TEST

START_TEST (test_texts)
{
  static const unsigned int known[] =
    { REFUSAL_LENGTH, REFUSAL_LINK, REFUSAL_NOT_FOR_US,
      REFUSAL_UNSEAL_FAILED, REFUSAL_UNKNOWN_KEY, REFUSAL_VERIFY_FAILED,
      REFUSAL_GRAMMAR, REFUSAL_STORE_LOST, REFUSAL_NO_USER, REFUSAL_RESULT,
      REFUSAL_OTHER_CONFIG, REFUSAL_OWED, REFUSAL_CREDENTIAL_LOCKED,
      REFUSAL_VOUCH_DEADLINE };
  static const struct { unsigned int first, last; } ranges[] =
    { { REFUSAL_LENGTH, REFUSAL_COUNTED - 1 },
      { REFUSAL_NOT_FOR_US, REFUSAL_UNSEAL_FAILED },
      { REFUSAL_UNKNOWN_KEY, REFUSAL_VERIFY_FAILED },
      { REFUSAL_OUTER_FRAMING + 1, REFUSAL_INNER_FRAMING - 1 },
      { REFUSAL_INNER_FRAMING + 1, REFUSAL_END - 1 },
      { REFUSAL_GRAMMAR, REFUSAL_STORE_LOST },
      { REFUSAL_NO_USER, REFUSAL_RESULT },
      { REFUSAL_OTHER_CONFIG, REFUSAL_OWED },
      { REFUSAL_CREDENTIAL_LOCKED, REFUSAL_VOUCH_UNREACHABLE },
      { REFUSAL_CREDENTIAL_FORM, REFUSAL_VOUCH_DEADLINE },
      { REFUSAL_WAITING_FULL, REFUSAL_NOT_DONE } };
  size_t i;
  unsigned int r;

  for (i = 0; i < sizeof known / sizeof *known; i++)
    ck_assert (refusal_known (known[i]));
  for (i = 0; i < sizeof ranges / sizeof *ranges; i++)
    for (r = ranges[i].first; r <= ranges[i].last; r++)
      {
        ck_assert_msg (refusal_known (r), "refusal %u", r);
        ck_assert_str_ne (refusal_text (r), "unknown refusal");
        ck_assert_ptr_nonnull (refusal_told (r));
      }
  ck_assert (!refusal_known (REFUSAL_NONE));
  ck_assert (!refusal_known (REFUSAL_COUNTED));
  ck_assert (!refusal_known (REFUSAL_OWED + 1));
  ck_assert (!refusal_known (REFUSAL_OUTER_FRAMING));
  ck_assert (!refusal_known (REFUSAL_INNER_FRAMING));
  ck_assert (!refusal_known (REFUSAL_END));
  /* Of an account nobody learns which it was.  */
  for (r = REFUSAL_CREDENTIAL_FORM; r <= REFUSAL_NOT_MEMBER; r++)
    ck_assert_str_eq (refusal_told (r), "the credential was refused");
  for (r = 0; r < 300; r++)
    ck_assert_int_eq (refusal_is_failure (r), r >= REFUSAL_CREDENTIAL_FORM
                      && r <= REFUSAL_VOUCH_DEADLINE);
  ck_assert_str_eq (refusal_text (9999), "unknown refusal");
  ck_assert_str_eq (refusal_told (9999), "unknown refusal");
}
END_TEST

int
main (void)
{
  Suite *s = suite_create ("packets");
  TCase *tc = tcase_create ("all");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_sealed);
  tcase_add_test (tc, test_signed);
  tcase_add_test (tc, test_verified);
  tcase_add_test (tc, test_recheck);
  tcase_add_test (tc, test_rechecked);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_refused_on_way);
  tcase_add_test (tc, test_counts);
  tcase_add_test (tc, test_grant);
  tcase_add_test (tc, test_grant_bounds);
  tcase_add_test (tc, test_answers);
  tcase_add_test (tc, test_close);
  tcase_add_test (tc, test_listed);
  tcase_add_test (tc, test_reloaded);
  tcase_add_test (tc, test_ask);
  tcase_add_test (tc, test_verdicts);
  tcase_add_test (tc, test_ldap);
  tcase_add_test (tc, test_check);
  tcase_add_test (tc, test_texts);
  suite_add_tcase (s, tc);
  sr = srunner_create (s);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed? EXIT_FAILURE : EXIT_SUCCESS;
}
