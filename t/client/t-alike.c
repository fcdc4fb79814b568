/* t-alike.c - Tests of client/alike: hosts that could be taken for others.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/join/alike.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct profile_host known, new;


static void
set (struct profile_host *host, const char *name, const char *own,
     const char *address)
{
  memset (host, 0, sizeof *host);
  snprintf (host->name, sizeof host->name, "%s", name);
  snprintf (host->host, sizeof host->host, "%s", own);
  snprintf (host->address[0], sizeof host->address[0], "%s", address);
  host->n_addresses = 1;
  host->port = 62201;
}


static void
setup (void)
{
  set (&known, "front", "web1", "203.0.113.11");
  snprintf (known.address[known.n_addresses++], sizeof known.address[0],
            "%s", "www.example.org");
}


/* Join the host OWN, at ADDRESS, as NAME: WHAT is common, NULL: nothing.  */
static void
common (const char *name, const char *own, const char *address,
        const char *what)
{
  const char *got;

  set (&new, name, own, address);
  got = alike_hosts (&new, &known);
  if (!what)
    ck_assert_msg (!got, "%s at %s: %s", own, address, got);
  else
    ck_assert_msg (got && strstr (got, what), "%s at %s: %s", own, address,
                   got ? got : "nothing");
}


START_TEST (texts)
{
  static const struct { const char *a, *b; bool alike; } cases[] =
    {
      { "web1", "web1", true }, { "web1", "webl", true },
      { "web1", "WEBI", true }, { "web1", "web-1", true },
      { "web.1_", "web1", true }, { "db0", "dbo", true },
      { "modern", "modem", true }, { "rn", "m", true }, { "m-n", "rnn", true },
      { "r-n", "m", false }, { "web1", "web2", false },
      { "web1", "web", false }, { "web", "web1", false },
      { "web1", "web11", false }, { "", "web1", false },
      { "203.0.113.1", "203-0-113-1", true },
      { "203.0.113.1", "203.0.11.31", false },
      { "203.0.113.1", "203.0.113.1", true },
      { "2001:db8::1", "2001:DB8::1", true },
      { "2001:db8::1", "2001:db8::11", false }
    };
  size_t i;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      ck_assert_msg (alike_text (cases[i].a, cases[i].b) == cases[i].alike,
                     "%s and %s", cases[i].a, cases[i].b);
      ck_assert_msg (alike_text (cases[i].b, cases[i].a) == cases[i].alike,
                     "%s and %s", cases[i].b, cases[i].a);
    }
}
END_TEST


START_TEST (hosts)
{
  common ("web1", "web1", "192.0.2.1", "the same host name");
  common ("db1", "db1", "203.0.113.11", "the same address");
  common ("db1", "db1", "WWW.example.org", "the same address");
  common ("db1", "db1", "vvww.example.org", NULL);
  common ("db1", "db1", "www-example.org", "address that looks like");
  common ("db1", "203.0.113.11", "192.0.2.1", "name as its address");
  common ("203.0.113.11", "db1", "192.0.2.1", "name as its address");
  common ("db1", "www.example.org", "192.0.2.1", "name as its address");
  common ("db1", "db1", "web1", "address as its name");
  common ("db1", "db1", "front", "address as its name");
  common ("webl", "webl", "192.0.2.1", "name that looks like");
  common ("db1", "fr0nt", "192.0.2.1", "name that looks like");
  common ("web2", "web2", "192.0.2.1", NULL);
  common ("web2", "web2", "203.0.113.12", NULL);
  common ("web2", "web2", "20.30.113.11", NULL);
}
END_TEST


/* Behind one address, each with a port of its own.  */
START_TEST (another_port)
{
  set (&new, "db1", "db1", "203.0.113.11");
  new.port = 62202;
  ck_assert_ptr_null (alike_hosts (&new, &known));
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("alike");
  TCase *tc = tcase_create ("alike");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, texts);
  tcase_add_test (tc, hosts);
  tcase_add_test (tc, another_port);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
