/* t-packets-run.c - Tests of server/ipc/packets.c: commands and hooks.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "packets-kit.h"

static struct packet_run
a_run (void)
{
  struct packet_run p = { .command = "restart", .user = "alice", .fpr = FPR,
                          .asked = 7, .n_args = 2 };

  p.hash[31] = 9;
  p.request[0] = 8;
  p.addr = origin.src;
  p.observed = origin.dst;
  p.arg[0] = (struct request_arg){ "unit", (char *)"nginx" };
  p.arg[1] = (struct request_arg){ "more", (char *)"" };
  return p;
}

START_TEST (test_run)
{
  struct packet_run p = a_run (), q;
  static char big[REQUEST_MAXLEN + 1];
  unsigned int i;

  ck_assert_uint_eq (packet_send_run (sv[0], 1, &p), 0);
  fetch (PACKET_RUN, least (PACKET_RUN), most (PACKET_RUN));
  CUTS (run, q);
  ck_assert_uint_eq (packet_read_run (&msg, &q), 0);
  ck_assert_mem_eq (q.hash, p.hash, sizeof p.hash);
  ck_assert_mem_eq (q.request, p.request, sizeof p.request);
  ck_assert_str_eq (q.command, "restart");
  ck_assert_str_eq (q.user, "alice");
  ck_assert_str_eq (q.fpr, FPR);
  ck_assert (netspec_addr_equal (&q.observed, &origin.dst));
  ck_assert_uint_eq (q.asked, 7);
  ck_assert_uint_eq (q.n_args, 2);
  ck_assert_str_eq (q.arg[0].value, "nginx");
  ck_assert_str_eq (q.arg[1].name, "more");
  ck_assert_str_eq (q.arg[1].value, "");
  /* The most there can be, and one argument more.  */
  memset (big, 'a', sizeof big - 1);
  p.arg[0].value = big;
  for (i = 1; i < REQUEST_MAX_ARGS; i++)
    {
      p.arg[i] = (struct request_arg){ "more", (char *)"" };
      p.arg[i].name[2] = (char)('a' + i / 16);
      p.arg[i].name[3] = (char)('a' + i % 16);
    }
  memset (p.arg[1].name, 'n', NETSPEC_NAMELEN);
  p.n_args = REQUEST_MAX_ARGS;
  ck_assert_uint_eq (packet_send_run (sv[0], 1, &p), 0);
  fetch (PACKET_RUN, least (PACKET_RUN), most (PACKET_RUN));
  ck_assert_uint_eq (packet_read_run (&msg, &q), 0);
  ck_assert_uint_eq (strlen (q.arg[0].value), REQUEST_MAXLEN);
  body[msg.len - REQUEST_MAX_ARGS] ^= 0x80;
  ck_assert_uint_ne (packet_read_run (&msg, &q), 0);
  /* Values that come to more.  */
  p.arg[1].value = big;
  ck_assert_uint_eq (packet_send_run (sv[0], 1, &p), 0);
  fetch (PACKET_RUN, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_run (&msg, &q), 0);
}
END_TEST

/* Spoil one field; the reader must say no.  */
#define RUN_BAD(change)                                                 \
  do {                                                                  \
    p = a_run ();                                                       \
    change;                                                             \
    ck_assert_uint_eq (packet_send_run (sv[0], 1, &p), 0);              \
    fetch (PACKET_RUN, 0, MESSAGE_MAXLEN);                              \
    ck_assert_uint_ne (packet_read_run (&msg, &q), 0);                  \
  } while (0)

START_TEST (test_run_bounds)
{
  struct packet_run p, q;

  RUN_BAD (p.command[0] = 0);
  RUN_BAD (p.command[0] = '-');
  RUN_BAD (p.user[0] = 'A');
  RUN_BAD (p.fpr[0] = 'x');
  RUN_BAD (p.arg[0].name[0] = '.');
  RUN_BAD (p.arg[1] = p.arg[0]);        /* Each name once.  */
  RUN_BAD (memset (&p.addr, 0, sizeof p.addr));
  RUN_BAD (memset (&p.observed, 0, sizeof p.observed));
  p = a_run ();
  ck_assert_uint_eq (packet_send_run (sv[0], 1, &p), 0);
  fetch (PACKET_RUN, 0, MESSAGE_MAXLEN);
  body[msg.len - 5] = 0;                /* A NUL in "nginx".  */
  body[msg.len - 9] = 0;
  ck_assert_uint_ne (packet_read_run (&msg, &q), 0);
}
END_TEST

static struct packet_hook
a_hook (void)
{
  struct packet_hook p = { .event = CONFIG_ON_EMERGENCY, .user = "alice",
                           .rule = "ssh", .reason = "all is down" };

  p.hash[31] = 9;
  p.request[0] = 8;
  p.source = origin.src;
  p.addr = origin.dst;
  ck_assert_uint_eq (netspec_ports_parse ("tcp/22,udp/5-9", &p.ports), 0);
  return p;
}

START_TEST (test_hook)
{
  struct packet_hook p = a_hook (), q;
  char port[NETSPEC_PORTSTRLEN];

  ck_assert_uint_eq (packet_send_hook (sv[0], 1, &p), 0);
  fetch (PACKET_HOOK, least (PACKET_HOOK), most (PACKET_HOOK));
  CUTS (hook, q);
  ck_assert_uint_eq (packet_read_hook (&msg, &q), 0);
  ck_assert_mem_eq (q.hash, p.hash, sizeof p.hash);
  ck_assert_uint_eq (q.event, CONFIG_ON_EMERGENCY);
  ck_assert_str_eq (q.user, "alice");
  ck_assert_str_eq (q.rule, "ssh");
  ck_assert_mem_eq (q.request, p.request, sizeof p.request);
  ck_assert (netspec_addr_equal (&q.source, &p.source));
  ck_assert (netspec_addr_equal (&q.addr, &p.addr));
  ck_assert_str_eq (netspec_ports_print (&q.ports, port), "tcp/22,udp/5-9");
  ck_assert_str_eq (q.reason, "all is down");
  /* The least and the most there can be.  */
  memset (&p, 0, sizeof p);
  p.event = CONFIG_ON_REFUSED;
  p.source = origin.src;
  ck_assert_uint_eq (packet_send_hook (sv[0], 1, &p), 0);
  fetch (PACKET_HOOK, least (PACKET_HOOK), least (PACKET_HOOK));
  ck_assert_uint_eq (packet_read_hook (&msg, &q), 0);
  memset (p.user, 'u', NETSPEC_NAMELEN);
  memset (p.rule, 'r', NETSPEC_NAMELEN);
  memset (p.reason, 'x', PACKET_REASONLEN);
  for (p.ports.n = 0; p.ports.n < NETSPEC_MAX_RANGES; p.ports.n++)
    p.ports.range[p.ports.n] = (struct port_range){
      IPPROTO_TCP, (uint16_t)(2 * p.ports.n + 1),
      (uint16_t)(2 * p.ports.n + 1) };
  ck_assert_uint_eq (packet_send_hook (sv[0], 1, &p), 0);
  fetch (PACKET_HOOK, most (PACKET_HOOK), most (PACKET_HOOK));
  ck_assert_uint_eq (packet_read_hook (&msg, &q), 0);
}
END_TEST

/* Spoil one field; the reader must say no.  */
#define HOOK_BAD(change)                                                \
  do {                                                                  \
    p = a_hook ();                                                      \
    change;                                                             \
    ck_assert_uint_eq (packet_send_hook (sv[0], 1, &p), 0);             \
    fetch (PACKET_HOOK, 0, MESSAGE_MAXLEN);                             \
    ck_assert_uint_ne (packet_read_hook (&msg, &q), 0);                 \
  } while (0)

START_TEST (test_hook_bounds)
{
  struct packet_hook p, q;

  HOOK_BAD (p.event = CONFIG_ON_OPEN);
  HOOK_BAD (p.event = CONFIG_ON_CLOSE);
  HOOK_BAD (p.event = CONFIG_N_EVENTS);
  HOOK_BAD (p.user[0] = '-');
  HOOK_BAD (p.rule[0] = '/');
  HOOK_BAD (memset (&p.source, 0, sizeof p.source));
  HOOK_BAD (p.reason[3] = '\n');
  HOOK_BAD (p.reason[3] = '\033');
  HOOK_BAD (p.reason[3] = '\377');
  p = a_hook ();
  ck_assert_uint_eq (packet_send_hook (sv[0], 1, &p), 0);
  fetch (PACKET_HOOK, 0, MESSAGE_MAXLEN);
  body[msg.len - 3] = 0;                /* A NUL in the reason.  */
  ck_assert_uint_ne (packet_read_hook (&msg, &q), 0);
}
END_TEST

START_TEST (test_output)
{
  static unsigned char data[PACKET_OUTPUT_CHUNK + 1];
  struct packet_output p = { .from = 5, .data = data,
                             .len = PACKET_OUTPUT_CHUNK };
  struct packet_output q;

  p.request[3] = 4;
  ck_assert_uint_eq (packet_send_output (sv[0], 1, &p), 0);
  fetch (PACKET_OUTPUT, most (PACKET_OUTPUT), most (PACKET_OUTPUT));
  ck_assert_uint_eq (packet_read_output (&msg, &q), 0);
  ck_assert_mem_eq (q.request, p.request, sizeof p.request);
  ck_assert_uint_eq (q.from, 5);
  ck_assert_uint_eq (q.len, PACKET_OUTPUT_CHUNK);
  p.len = 1;
  packet_send_output (sv[0], 1, &p);
  fetch (PACKET_OUTPUT, least (PACKET_OUTPUT), least (PACKET_OUTPUT));
  CUTS (output, q);
  p.from = CONFIG_MAX_OUTPUT - 1;
  packet_send_output (sv[0], 1, &p);
  fetch (PACKET_OUTPUT, 0, MESSAGE_MAXLEN);
  ck_assert_uint_eq (packet_read_output (&msg, &q), 0);
  p.from++;
  packet_send_output (sv[0], 1, &p);
  fetch (PACKET_OUTPUT, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_output (&msg, &q), 0);
  p.from = 0;
  p.len = 0;
  packet_send_output (sv[0], 1, &p);
  fetch (PACKET_OUTPUT, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_output (&msg, &q), 0);
  p.len = sizeof data;
  packet_send_output (sv[0], 1, &p);
  fetch (PACKET_OUTPUT, 0, MESSAGE_MAXLEN);
  ck_assert_uint_ne (packet_read_output (&msg, &q), 0);
}
END_TEST

static gpg_error_t
read_ran (const struct packet_ran *p)
{
  struct packet_ran q;
  gpg_error_t err;

  ck_assert_uint_eq (packet_send_ran (sv[0], 1, p), 0);
  fetch (PACKET_RAN, least (PACKET_RAN), least (PACKET_RAN));
  err = packet_read_ran (&msg, &q);
  if (!err)
    ck_assert_mem_eq (&q, p, sizeof q);
  return err;
}

START_TEST (test_leave)
{
  struct packet_leave p = { .n = PACKET_GONE_MOST };
  struct packet_leave q;
  unsigned int i;

  for (i = 0; i < p.n; i++)
    memset (p.gone[i], 'a', NETSPEC_NAMELEN);
  ck_assert_uint_eq (packet_send_leave (sv[0], 1, &p), 0);
  fetch (PACKET_LEAVE, most (PACKET_LEAVE), most (PACKET_LEAVE));
  CUTS (leave, q);
  ck_assert_uint_eq (q.n, p.n);
  ck_assert_str_eq (q.gone[63], p.gone[63]);
  body[0]++;
  ck_assert_uint_ne (packet_read_leave (&msg, &q), 0);
  body[0]--;
  body[3] = 'A';
  ck_assert_uint_ne (packet_read_leave (&msg, &q), 0);
  p.n = 0;
  packet_send_leave (sv[0], 1, &p);
  fetch (PACKET_LEAVE, least (PACKET_LEAVE), least (PACKET_LEAVE));
  ck_assert_uint_eq (packet_read_leave (&msg, &q), 0);
}
END_TEST

START_TEST (test_begun)
{
  struct packet_begun p = { true };
  struct packet_begun q;

  ck_assert_uint_eq (packet_send_begun (sv[0], 1, &p), 0);
  fetch (PACKET_BEGUN, least (PACKET_BEGUN), least (PACKET_BEGUN));
  CUTS (begun, q);
  ck_assert (q.others);
  body[0] = 2;
  ck_assert_uint_ne (packet_read_begun (&msg, &q), 0);
}
END_TEST

START_TEST (test_ran)
{
  static const struct packet_ran good =
    { .ended_by = PACKET_ENDED_TIMEOUT, .signal = 15, .msecs = 20,
      .produced = 10, .kept = 9 };
  static const struct packet_ran failed = { .refusal = REFUSAL_RUN_EXEC };
  struct packet_ran p, q;

  ck_assert_uint_eq (packet_send_ran (sv[0], 1, &good), 0);
  fetch (PACKET_RAN, least (PACKET_RAN), least (PACKET_RAN));
  CUTS (ran, q);
  ck_assert_uint_eq (read_ran (&good), 0);
  ck_assert_uint_eq (read_ran (&failed), 0);
#define RAN_BAD(from, change)                                           \
  do {                                                                  \
    p = from;                                                           \
    change;                                                             \
    ck_assert_uint_ne (read_ran (&p), 0);                               \
  } while (0)
  RAN_BAD (good, p.exit_code = 1);      /* As well as a signal.  */
  RAN_BAD (good, p.signal = 65);
  RAN_BAD (good, p.ended_by = 4);
  RAN_BAD (good, p.kept = 11);
  RAN_BAD (good, p.produced = p.kept = CONFIG_MAX_OUTPUT + 1);
  RAN_BAD (good, p.produced = UINT64_MAX);
  RAN_BAD (good, p.msecs = UINT64_MAX);
  RAN_BAD (failed, p.refusal = REFUSAL_ACT_GONE);
  RAN_BAD (failed, p.exit_code = 1);
  RAN_BAD (failed, p.kept = 1);
}
END_TEST

int
main (void)
{
  Suite *s = suite_create ("packets-run");
  TCase *tc = tcase_create ("all");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_run);
  tcase_add_test (tc, test_run_bounds);
  tcase_add_test (tc, test_hook);
  tcase_add_test (tc, test_hook_bounds);
  tcase_add_test (tc, test_output);
  tcase_add_test (tc, test_leave);
  tcase_add_test (tc, test_begun);
  tcase_add_test (tc, test_ran);
  suite_add_tcase (s, tc);
  sr = srunner_create (s);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed? EXIT_FAILURE : EXIT_SUCCESS;
}
