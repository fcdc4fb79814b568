/* t-elements.c - Elements by netlink messages, as libnftables sees them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * On real nftables, in a network namespace of its own.  */

#include "../../../server/act/elements.h"

#include <check.h>
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../../server/act/firewall.h"
#include "../../../server/act/netlink.h"

#define MANY 4096

static struct port_range range = { IPPROTO_TCP, 22, 22 };
static struct config_s config = { .n_protect = 1, .protect = &range };
static firewall_t firewall;
static struct mnl_socket *netlink;

/* One of each set.  */
static const struct { bool six, bind, once, admitted; } kinds[] =
  {
    { false, false, false, false }, { false, true, false, false },
    { false, false, true, false }, { false, true, true, false },
    { false, true, false, true },
    { true, false, false, false }, { true, true, false, false },
    { true, false, true, false }, { true, true, true, false },
    { true, true, false, true }
  };
#define N_KINDS (sizeof kinds / sizeof *kinds)


static void
setup (void)
{
  ck_assert (!unshare (CLONE_NEWNET));
  ck_assert (!firewall_new (&config, 0, &firewall));
  ck_assert (!netlink_open (NETLINK_NETFILTER, &netlink));
  ck_assert (!firewall_rebuild (firewall, NULL, 0));
}


static void
teardown (void)
{
  mnl_socket_close (netlink);
  firewall_release (firewall);
}


static struct firewall_element
element (bool six, unsigned int number)
{
  struct firewall_element e = { .proto = IPPROTO_TCP, .port = 22,
                                .left = 60000 };
  uint32_t tail = htonl (number);

  e.addr.family = six ? AF_INET6 : AF_INET;
  inet_pton (e.addr.family, six ? "2001:db8::" : "198.51.100.7",
             e.addr.bytes);
  if (number)
    memcpy (e.addr.bytes + (six ? 12 : 0), &tail, sizeof tail);
  return e;
}


static struct firewall_element
element_of (size_t i)
{
  struct firewall_element e = element (kinds[i].six, 0);

  e.bind = kinds[i].bind ? 4660 : 0;
  e.once = kinds[i].once;
  e.admitted = kinds[i].admitted;
  return e;
}


/* Each in its own set, and in no other; and gone when it is removed.  */
START_TEST (each_set)
{
  struct firewall_element e = element_of ((size_t)_i), other;
  size_t i;

  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
  for (i = 0; i < N_KINDS; i++)
    {
      other = element_of (i);
      ck_assert_int_eq (firewall_has (firewall, &other), i == (size_t)_i);
    }
  other = e;
  other.port = 5632;            /* 22 with its bytes exchanged.  */
  ck_assert (!firewall_has (firewall, &other));
  other = e;
  other.proto = IPPROTO_UDP;
  ck_assert (!firewall_has (firewall, &other));
  e.left = 0;
  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
  ck_assert (!firewall_has (firewall, &e));
}
END_TEST


static char *
list (void)
{
  char *rules;

  ck_assert_uint_eq (firewall_list (firewall, &rules), 0);
  return rules;
}


/* "timeout" and "expires" of the first element of grant4.  */
static long
number_of (const char *name)
{
  char *rules = list (), *set = strstr (rules, "\"grant4\""), *at;
  long n;

  ck_assert_ptr_nonnull (set);
  set = strstr (set, "\"elem\"");
  ck_assert_ptr_nonnull (set);
  at = strstr (set, name);
  ck_assert_ptr_nonnull (at);
  n = strtol (at + strlen (name), NULL, 10);
  free (rules);
  return n;
}


/* Longer or shorter than before, it counts from now on.  */
START_TEST (renews)
{
  struct firewall_element e = element (false, 0);

  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
  ck_assert_int_eq (number_of ("\"timeout\": "), 60);
  e.left = 7200000;
  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
  ck_assert_int_eq (number_of ("\"timeout\": "), 7200);
  ck_assert_int_gt (number_of ("\"expires\": "), 7000);
  e.left = 30000;
  ck_assert_uint_eq (firewall_renew (firewall, &e), 0);
  ck_assert_int_le (number_of ("\"expires\": "), 30);
}
END_TEST


static unsigned int
count_limits (void)
{
  char *rules = list (), *at = rules;
  unsigned int n = 0;

  for (; (at = strstr (at, "\"limit\": {\"rate\": 1")); at++)
    n++;
  free (rules);
  return n;
}


/* An element of `once' has a limit of its own, as its set has.  */
START_TEST (limits)
{
  struct firewall_element e = element (false, 0);
  unsigned int sets = count_limits ();

  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
  ck_assert_uint_eq (count_limits (), sets);
  e.once = true;
  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
  ck_assert_uint_eq (count_limits (), sets + 1);
}
END_TEST


/* Only if it is there.  */
START_TEST (renews_nothing)
{
  struct firewall_element e = element (false, 0);

  ck_assert_uint_eq (gpg_err_code (firewall_renew (firewall, &e)),
                     GPG_ERR_ENOENT);
  ck_assert_str_ne (firewall_message (firewall), "");
  ck_assert (!firewall_has (firewall, &e));
  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
  ck_assert_uint_eq (firewall_renew (firewall, &e), 0);
  ck_assert_str_eq (firewall_message (firewall), "");
  ck_assert (firewall_has (firewall, &e));
}
END_TEST


/* What can be done is not done where a step fails, be it the last, the first
   or one between; and the next change does not see its answer.  */
START_TEST (all_or_nothing)
{
  struct firewall_element good[2] =
    { element (false, 0), element (true, 0) };
  struct firewall_element missing = element (false, 9);
  struct elements_step step[3] =
    { { good, 60000 }, { good + 1, 60000 }, { NULL, 60000 } };

  step[2] = step[_i];
  step[_i] = (struct elements_step){ &missing, 0 };
  ck_assert_uint_eq (gpg_err_code (elements_change (netlink, step, 3)),
                     GPG_ERR_ENOENT);
  ck_assert (!firewall_has (firewall, good));
  ck_assert (!firewall_has (firewall, good + 1));
  step[_i] = step[2];
  ck_assert_uint_eq (elements_change (netlink, step, 2), 0);
  ck_assert_int_eq (firewall_has (firewall, good), true);
  ck_assert_int_eq (firewall_has (firewall, good + 1), true);
}
END_TEST


START_TEST (nothing)
{
  ck_assert_uint_eq (elements_change (netlink, NULL, 0), 0);
  ck_assert_uint_eq (firewall_change (firewall, NULL, 0), 0);
}
END_TEST


START_TEST (no_table)
{
  struct firewall_element e = element (false, 0);

  ck_assert_uint_eq (firewall_remove (firewall), 0);
  ck_assert_uint_eq (gpg_err_code (firewall_change (firewall, &e, 1)),
                     GPG_ERR_ENOENT);
  ck_assert_uint_eq (firewall_rebuild (firewall, NULL, 0), 0);
  ck_assert_uint_eq (firewall_change (firewall, &e, 1), 0);
}
END_TEST


/* As many as act changes at once, and far more answers than fit in the socket
   if each of them fails.  */
START_TEST (many)
{
  static struct firewall_element e[MANY];
  static struct elements_step step[MANY];
  size_t i;

  for (i = 0; i < MANY; i++)
    {
      e[i] = element (true, (unsigned int)i + 1);
      step[i] = (struct elements_step){ e + i, 0 };
    }
  ck_assert_uint_ne (elements_change (netlink, step, MANY), 0);
  ck_assert_uint_eq (firewall_change (firewall, e, MANY), 0);
  ck_assert (firewall_has (firewall, e));
  ck_assert (firewall_has (firewall, e + MANY - 1));
  ck_assert_uint_eq (elements_change (netlink, step, 1), 0);
  ck_assert (!firewall_has (firewall, e));
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("elements");
  TCase *tc = tcase_create ("elements");
  SRunner *sr;
  int failed;

  if (getuid ())
    {
      puts ("skipped: needs root, for network namespaces");
      return 77;
    }
  tcase_set_timeout (tc, 300);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, each_set, 0, N_KINDS);
  tcase_add_test (tc, renews);
  tcase_add_test (tc, limits);
  tcase_add_test (tc, renews_nothing);
  tcase_add_loop_test (tc, all_or_nothing, 0, 2);
  tcase_add_test (tc, nothing);
  tcase_add_test (tc, no_table);
  tcase_add_test (tc, many);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
