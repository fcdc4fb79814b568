/* t-batch.c - Tests of client/batch and client/estimate: what shares a
 * signature, with keys of all kinds.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/ask/batch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../client/ask/size-estimate.h"
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/wire/seal.h"
#include "../../common/base/secret.h"
#include "../common/pgp/pgp-homes.h"

#define KINDS 5
#define MANY 40
#define MARGIN 48               /* How much too large a guess may be.  */

/* Keys that sign and encrypt, in the people's home.  */
static const char *const kinds[KINDS][2] =
  {
    { "ed25519", "cv25519" }, { "rsa2048", "rsa2048" },
    { "rsa4096", "rsa4096" }, { "nistp256", "nistp256" },
    { "nistp521", "nistp521" }
  };
static char fpr[KINDS][NETSPEC_FPRLEN + 1];
static char dir[64];
static profile_t profile;

static void
make_kind (size_t i)
{
  char uid[40];

  snprintf (uid, sizeof uid, "kind%zu@example.org", i);
  make_key (uid, kinds[i][0], "sign,cert", "never", NULL, NULL);
  find_fpr ("a", uid, fpr[i]);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr[i], kinds[i][1],
                         "encrypt", "never", NULL), 0);
}

static void
begin (void)
{
  size_t i;

  ck_assert_uint_eq (secret_init (131072), 0);
  setup ();
  setenv ("GNUPGHOME", at ("a"), 1);
  snprintf (dir, sizeof dir, "%s/profile", base);
  for (i = 0; i < KINDS; i++)
    make_kind (i);
}

/* A host NAME whose server has key number KIND, of the person with key
   number SIGNER.  */
static void
add (const char *name, size_t kind, size_t signer, const char *ports)
{
  static const unsigned char door[32] = { 1 };
  struct profile_host host;
  unsigned char *key;
  char *message;
  size_t len;

  memset (&host, 0, sizeof host);
  snprintf (host.name, sizeof host.name, "%s", name);
  snprintf (host.host, sizeof host.host, "%s", name);
  host.n_addresses = 1;
  snprintf (host.address[0], sizeof host.address[0], "%s", "192.0.2.1");
  host.port = 62201;
  memcpy (host.server, fpr[kind], sizeof host.server);
  memcpy (host.signer, fpr[signer], sizeof host.signer);
  if (ports)
    netspec_ports_parse (ports, &host.ports);
  ck_assert_int_eq (gpg ("a", "-o", at ("key"), "--export", fpr[kind], NULL),
                    0);
  ck_assert_int_eq (file_read (at ("key"), 65536, &key, &len), 0);
  ck_assert_msg (!profile_put (profile, &host, door, key, len, &message),
                 "%s", message);
  free (key);
}

static void
open_profile (void)
{
  char *message;

  ck_assert_msg (!profile_open (dir, 1, &profile, &message), "%s", message);
  while (profile_count (profile))
    ck_assert_int_eq (profile_remove (profile,
                                      profile_get (profile, 0)->name,
                                      &message), 0);
}

/* Ask the hosts from number 0 to N - 1.  */
static void
fill (struct compose_ask *ask, size_t n)
{
  memset (ask, 0, sizeof *ask);
  ask->action = REQUEST_OPEN;
  netspec_ports_parse ("tcp/22", &ask->ports);
  for (; ask->n_hosts < n; ask->n_hosts++)
    ask->host[ask->n_hosts] = profile_get (profile, ask->n_hosts);
}

/* No guess is too small, and none far too large.  */
static void
guess_is_good (size_t hosts)
{
  const char *path[REQUEST_MAX_TARGETS + 1] = { NULL };
  struct compose_ask ask;
  unsigned char *message;
  char *text, *why;
  size_t i, len, textlen, guess;
  server_keys_t keys;
  pgp_t pgp;

  fill (&ask, hosts);
  ck_assert_int_eq (server_keys_new (profile, ask.host, hosts, &keys), 0);
  guess = size_estimate_message (keys, &ask);
  server_keys_release (keys);
  ck_assert_int_eq (compose_text (&ask, &text, &textlen, &why), 0);
  for (i = 0; i < hosts; i++)
    path[i] = profile_key_path (profile, ask.host[i]);
  ck_assert_uint_eq (pgp_new (PGP_PERSON, NULL, 0, &pgp), 0);
  ck_assert_uint_eq (pgp_sign_encrypt (pgp, ask.host[0]->signer, path,
                                       hosts > 1, text, textlen, &message,
                                       &len), 0);
  ck_assert_msg (guess >= len && guess - len <= MARGIN,
                 "%zu bytes taken for %zu; %zu hosts, server %s, signer %s",
                 len, guess, hosts, ask.host[0]->server,
                 ask.host[0]->signer);
  pgp_release (pgp);
  free (message);
  request_text_release (text, textlen);
  for (i = 0; i < hosts; i++)
    gpgrt_free ((char *) path[i]);
}

START_TEST (guesses)
{
  size_t server, signer;

  for (server = 0; server < KINDS; server++)
    for (signer = 0; signer < KINDS; signer++)
      {
        open_profile ();
        add ("web1", server, signer, NULL);
        guess_is_good (1);
        profile_close (profile);
      }
}
END_TEST

START_TEST (guesses_of_several)
{
  size_t i;
  char name[8];

  open_profile ();
  for (i = 0; i < KINDS; i++)
    {
      snprintf (name, sizeof name, "web%zu", i);
      add (name, i, 0, NULL);
      guess_is_good (i + 1);
    }
  profile_close (profile);
}
END_TEST

/* What is too long for one text does not fit, whatever the keys take.  */
START_TEST (guess_of_long_text)
{
  char reason[1000];
  struct compose_ask ask;
  server_keys_t keys;

  memset (reason, 'x', sizeof reason - 1);
  reason[sizeof reason - 1] = 0;
  open_profile ();
  add ("web1", 0, 0, NULL);
  add ("web2", 0, 0, NULL);
  fill (&ask, 2);
  ck_assert_int_eq (server_keys_new (profile, ask.host, 2, &keys), 0);
  ck_assert (size_estimate_fits (keys, &ask));
  ask.reason = reason;
  ck_assert (!size_estimate_fits (keys, &ask));
  server_keys_release (keys);
  profile_close (profile);
}
END_TEST

/* As open does: the profile's ports.  */
static int
take_ports (const char *verb, const struct options *options,
            struct compose_ask *ask)
{
  (void) verb;
  (void) options;
  ask->ports = ask->host[0]->ports;
  return -1;
}

static struct options options;

/* Plan for all hosts.  */
static struct compose_ask *
plan (size_t *r_n)
{
  static char all[] = "*";
  char *args[] = { all };
  struct compose_ask *list;

  options.n_args = 1;
  options.arg = args;
  ck_assert_int_eq (batch_plan (profile, "open", REQUEST_OPEN, &options,
                                take_ports, &list, r_n), -1);
  return list;
}

START_TEST (one_packet_each)
{
  size_t n, i, hosts = 0;
  struct compose_ask *list;
  char name[8];

  open_profile ();
  for (i = 0; i < MANY; i++)
    {
      snprintf (name, sizeof name, "web%zu", i);
      add (name, 0, 0, "tcp/22");
    }
  list = plan (&n);
  ck_assert_uint_ge (n, 5);
  for (i = 0; i < n; i++)
    {
      hosts += list[i].n_hosts;
      /* It is no waste either.  */
      if (i + 1 < n)
        ck_assert_uint_ge (list[i].n_hosts, 6);
    }
  ck_assert_uint_eq (hosts, MANY);
  free (list);
  profile_close (profile);
}
END_TEST

START_TEST (large_keys_go_alone)
{
  struct compose_ask *list;
  size_t n;

  open_profile ();
  add ("web1", 2, 0, "tcp/22");
  add ("web2", 2, 0, "tcp/22");
  add ("web3", 0, 0, "tcp/22");
  list = plan (&n);
  /* The third one has room beside the first.  */
  ck_assert_uint_eq (n, 2);
  ck_assert_uint_eq (list[0].n_hosts, 2);
  ck_assert_str_eq (list[0].host[1]->name, "web3");
  ck_assert_uint_eq (list[1].n_hosts, 1);
  free (list);
  profile_close (profile);
}
END_TEST

START_TEST (what_differs_goes_apart)
{
  struct compose_ask *list;
  size_t n;

  open_profile ();
  add ("web1", 0, 0, "tcp/22");
  add ("web2", 0, 0, "tcp/80");
  add ("web3", 0, 1, "tcp/22");
  add ("web4", 0, 0, "tcp/22");
  list = plan (&n);
  ck_assert_uint_eq (n, 3);
  ck_assert_uint_eq (list[0].n_hosts, 2);
  ck_assert_str_eq (list[0].host[0]->name, "web1");
  ck_assert_str_eq (list[0].host[1]->name, "web4");
  ck_assert_str_eq (list[1].host[0]->name, "web2");
  ck_assert_str_eq (list[2].host[0]->name, "web3");
  free (list);
  profile_close (profile);
}
END_TEST

/* A host that gets a password shares with nobody.  */
START_TEST (passwords_go_alone)
{
  struct compose_ask *list;
  struct profile_host host;
  char *message;
  size_t n;

  open_profile ();
  add ("web1", 0, 0, "tcp/22");
  add ("web2", 0, 0, "tcp/22");
  add ("web3", 0, 0, "tcp/22");
  host = *profile_find (profile, "web2");
  snprintf (host.credential, sizeof host.credential, "%s", "ldap");
  ck_assert (!profile_put (profile, &host, (const unsigned char[32]) { 1 },
                           "k", 1, &message));
  list = plan (&n);
  ck_assert_uint_eq (n, 2);
  ck_assert_uint_eq (list[0].n_hosts, 2);
  ck_assert_str_eq (list[0].host[1]->name, "web3");
  ck_assert (!list[0].password);
  ck_assert_uint_eq (list[1].n_hosts, 1);
  ck_assert_str_eq (list[1].host[0]->name, "web2");
  ck_assert (list[1].password);
  free (list);
  options.password = PASSWORD_NONE;
  list = plan (&n);
  ck_assert_uint_eq (n, 1);
  ck_assert_uint_eq (list[0].n_hosts, 3);
  ck_assert (!list[0].password);
  free (list);
  options.password = PASSWORD_ASK;
  list = plan (&n);
  ck_assert_uint_eq (n, 3);
  free (list);
  profile_close (profile);
}
END_TEST

/* One descriptor has one password, and that is one host's.  */
START_TEST (one_descriptor)
{
  static char all[] = "*", one[] = "web1";
  char *args[] = { all };
  struct compose_ask *list;
  size_t n;

  open_profile ();
  add ("web1", 0, 0, "tcp/22");
  add ("web2", 0, 0, "tcp/22");
  options.password = PASSWORD_FD;
  options.n_args = 1;
  options.arg = args;
  ck_assert_int_eq (batch_plan (profile, "open", REQUEST_OPEN, &options,
                                take_ports, &list, &n), EX_USAGE);
  free (list);
  args[0] = one;
  ck_assert_int_eq (batch_plan (profile, "open", REQUEST_OPEN, &options,
                                take_ports, &list, &n), -1);
  ck_assert_uint_eq (n, 1);
  ck_assert (list[0].password);
  free (list);
  profile_close (profile);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("batch");
  TCase *tc = tcase_create ("batch");
  SRunner *sr = srunner_create (suite);
  int failed;

  log_init ("t-batch", 0);
  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 120);
  tcase_add_unchecked_fixture (tc, begin, teardown);
  tcase_add_test (tc, guesses);
  tcase_add_test (tc, guesses_of_several);
  tcase_add_test (tc, guess_of_long_text);
  tcase_add_test (tc, one_packet_each);
  tcase_add_test (tc, large_keys_go_alone);
  tcase_add_test (tc, what_differs_goes_apart);
  tcase_add_test (tc, passwords_go_alone);
  tcase_add_test (tc, one_descriptor);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
