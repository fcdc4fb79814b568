/* t-pieces.c - Long answers of servers, kind and hostile.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * In the place of client/ask/exchange.c stands a server that answers as each test
 * says, and counts what it was asked: each time is a signature.  Its rate is
 * not limited, so that nobody waits.  */

#include "../../client/ask/exchange.h"
#include "../../client/ask/pace.h"
#include "../../client/ask/pieces.h"
#include "../../client/verbs/verbs.h"
#include "../../client/ask/waiting.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/secret.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FIRST_STEP 1000

static char dir[64], path[80];
static profile_t profile;
static struct options options;

/* The server: what it has, and how much of it at once.  */
static char answer[400000];
static uint64_t total;          /* As it says.  */
static size_t step;
static unsigned int asked;


void
pace_wait (struct pace *pace)
{
  pace->n++;
}


void
exchange_begin (struct exchange *x, const struct options *opts,
                profile_t prof, const struct compose_ask *ask)
{
  memset (x, 0, sizeof *x);
  x->options = opts;
  x->profile = prof;
  x->ask = *ask;
  x->item->name = ask->host[0]->name;
  x->item->host = ask->host[0];
}


void
exchange_end (struct exchange *x)
{
  reply_release (x->item->reply);
}


int
exchange_once (struct exchange *x)
{
  size_t from = 0, len;
  reply_t reply;

  ck_assert (++asked < 5000);
  if (x->ask.n_args && !strcmp (x->ask.arg[0].name, "from"))
    from = strtoul (x->ask.arg[0].value, NULL, 10);
  len = from < strlen (answer) ? strlen (answer) - from : 0;
  if (len > (from ? step : FIRST_STEP))
    len = from ? step : FIRST_STEP;
  ck_assert (!reply_new (&reply));
  reply->result = REPLY_DONE;
  reply->has_exit = true;
  reply->total = total;
  reply->output = malloc (len + 1);
  ck_assert_ptr_nonnull (reply->output);
  memcpy (reply->output, answer + from, len);
  reply->output_len = len;
  x->item->reply = reply;
  return -1;
}


int
exchange_prepare (struct exchange *x, uint16_t bind)
{
  (void)x;
  (void)bind;
  ck_abort_msg ("nothing else is asked");
  return EX_SOFTWARE;
}


int
exchange_compose (struct exchange *x)
{
  return exchange_prepare (x, 0);
}


int
exchange_run (struct exchange *x)
{
  return exchange_prepare (x, 0);
}


int
exchange_all (struct exchange *x, struct report *report)
{
  (void)report;
  return exchange_prepare (x, 0);
}


static void
setup (void)
{
  static char *args[] = { "web1", ID };
  static const char hosts[] =
    "host web1 {\n address = 'h.example.org'\n"
    " server = 'AAAA0E81279996EFE251BDD0A5CF07D97F6457C0'\n"
    " signer = 'BBBB0E81279996EFE251BDD0A5CF07D97F6457C0'\n}\n";
  char *message;
  int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);

  dup2 (null, STDOUT_FILENO);
  snprintf (dir, sizeof dir, "%s", "/tmp/t-pieces.XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  snprintf (path, sizeof path, "%s/hosts.conf", dir);
  ck_assert_int_eq (file_write (path, hosts, strlen (hosts), 0600, 0), 0);
  ck_assert_msg (!profile_open (dir, 0, &profile, &message), "%s", message);
  memset (&options, 0, sizeof options);
  options.config = dir;
  options.arg = args;
  options.n_args = 2;
  options.all = true;
  asked = 0;
}


static void
teardown (void)
{
  profile_close (profile);
  unlink (path);
  rmdir (dir);
}


/* An answer of LEN bytes that is a list of JSON, in pieces of N.  */
static void
have (size_t len, size_t n)
{
  static const char line[] = "{\"user\":\"alice\",\"what\":\"tcp/22\"}\n";
  size_t i;

  memset (answer, 0, sizeof answer);
  for (i = 0; i + sizeof line <= len; i += sizeof line - 1)
    memcpy (answer + i, line, sizeof line);
  total = strlen (answer);
  step = n;
}


static int
fetch_list (void)
{
  json_t *list;
  int rc = waiting_fetch ("pending", &options, profile,
                          profile_find (profile, "web1"), NULL, &list);

  ck_assert_int_eq (rc < 0, list != NULL);
  json_decref (list);
  return rc;
}


START_TEST (a_list)
{
  have (40000, 400);
  ck_assert_int_eq (fetch_list (), -1);
  ck_assert_uint_eq (asked, 1 + (total - FIRST_STEP + 399) / 400);
}
END_TEST

START_TEST (a_list_that_fits)
{
  have (500, 1);
  ck_assert_int_eq (fetch_list (), -1);
  ck_assert_uint_eq (asked, 1);
}
END_TEST

/* A last piece is as small as it has to be.  */
START_TEST (a_small_end)
{
  have (3000, 1000);
  total = strlen (answer);
  step = strlen (answer) - FIRST_STEP - 1;
  ck_assert_int_eq (fetch_list (), -1);
  ck_assert_uint_eq (asked, 3);
}
END_TEST

START_TEST (a_list_by_the_byte)
{
  have (40000, 1);
  ck_assert_int_eq (fetch_list (), EX_PROTOCOL);
  ck_assert_uint_eq (asked, 2);
  asked = 0;
  step = PIECES_LEAST - 1;
  ck_assert_int_eq (fetch_list (), EX_PROTOCOL);
  ck_assert_uint_eq (asked, 2);
}
END_TEST

START_TEST (a_list_without_end)
{
  have (200000, PIECES_LEAST);
  total = UINT64_MAX;
  ck_assert_int_eq (fetch_list (), EX_PROTOCOL);
  ck_assert_uint_eq (asked, PIECES_OF_LIST);
  asked = 0;                    /* It has nothing, and says that it has.  */
  *answer = 0;
  ck_assert_int_eq (fetch_list (), EX_PROTOCOL);
  ck_assert_uint_eq (asked, 1);
}
END_TEST

START_TEST (output)
{
  have (300000, 400);
  ck_assert_int_eq (result_verb (&options), EX_OK);
  ck_assert_uint_eq (asked, 1 + (total - FIRST_STEP + 399) / 400);
}
END_TEST

START_TEST (output_by_the_byte)
{
  have (300000, 1);
  ck_assert_int_eq (result_verb (&options), EX_PROTOCOL);
  ck_assert_uint_eq (asked, 2);
}
END_TEST

START_TEST (output_without_end)
{
  have (300000, PIECES_LEAST);
  total = UINT64_MAX;
  ck_assert_int_eq (result_verb (&options), EX_OK);
  ck_assert_uint_eq (asked, PIECES_OF_OUTPUT);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("pieces");
  TCase *tc = tcase_create ("pieces");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, a_list);
  tcase_add_test (tc, a_list_that_fits);
  tcase_add_test (tc, a_small_end);
  tcase_add_test (tc, a_list_by_the_byte);
  tcase_add_test (tc, a_list_without_end);
  tcase_add_test (tc, output);
  tcase_add_test (tc, output_by_the_byte);
  tcase_add_test (tc, output_without_end);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
