/* t-muster-hostile.c - Tests of muster where gpg fails on somebody's key.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A script runs in gpg's place.  Where it is to list the hostile key, alone or
 * among others, it does what the test says, and else what gpg does.  */

#include "muster-kit.h"

#include <gpgme.h>
#include "../../../common/base/file.h"
#include "../../../common/pgp/pgp-local.h"
#include "../../common/pgp/run-user.h"

#define HANGING_DEADLINE 3000   /* Milliseconds; gpg takes 20.  */

static struct packet_mustered result;
static int before = -1;         /* What the muster before wrote.  */
static size_t failed;
static char hostile[NETSPEC_FPRLEN + 1];


/* FAILURE is shell: how the script fails where CASES (patterns of its
   arguments) say.  */
static void
write_script (const char *cases, const char *failure)
{
  char *text = gpgrt_bsprintf
    ("#!/bin/sh\n"
     "for last; do :; done\n"
     "case \"$*\" in *--list-keys*|*--import*) ;; *) exec %s \"$@\" ;; esac\n"
     "echo x >> %s\n"
     "case \" $* \" in\n"
     "%s) %s ;;\n"
     "esac\n"
     "exec %s \"$@\"\n", POSTERN_GPG, at ("runs"), cases, failure,
     POSTERN_GPG);

  ck_assert_ptr_nonnull (text);
  unlink (at ("runs"));
  ck_assert_uint_eq (file_write (at ("gpg.sh"), text, strlen (text), 0700, 0),
                     0);
  gpgrt_free (text);
}


static gpg_err_code_t
muster_with (unsigned int deadline)
{
  struct snapshot_basis basis = { .judged = 0 };
  struct keyring keyring;
  gpg_error_t err;
  int fd = new_memfd ();
  pgp_t pgp = open_home (PGP_SERVER, "v", deadline);

  memset (&result, 0, sizeof result);
  ck_assert_uint_eq (gpgme_ctx_set_engine_info (pgp->ctx,
                                                GPGME_PROTOCOL_OpenPGP,
                                                at ("gpg.sh"), pgp->home), 0);
  ck_assert_uint_eq (keyring_read (at ("v"), &keyring), 0);
  muster_reuse (at ("v"), before, (uint64_t)time (NULL), &keyring, &basis);
  err = muster_judge (pgp, &keyring, &failed);
  if (!err)
    err = muster_write (fd, &keyring, (uint64_t)time (NULL), &basis,
                        &result);
  keyring_release (&keyring);
  pgp_release (pgp);
  if (err)
    close (fd);
  else
    {
      read_snapshot (fcntl (fd, F_DUPFD_CLOEXEC, 0));
      close (before);
      before = fd;
    }
  return gpg_err_code (err);
}


/* How often gpg was asked since the script was written.  */
static size_t
count_runs (void)
{
  unsigned char *runs;
  size_t len;

  if (access (at ("runs"), F_OK))
    return 0;
  ck_assert_uint_eq (file_read (at ("runs"), 99999, &runs, &len), 0);
  free (runs);
  return len / 2;
}


static void
forget_before (void)
{
  close (before);
  before = -1;
}


/* The hostile key comes between alice's and bob's.  */
static void
setup_hostile (void)
{
  const char *fpr;

  setup_muster ();
  fpr = make_person ("carol@example.org", "sign,cert", "never", NULL, NULL);
  memcpy (hostile, fpr, sizeof hostile);
  put_in (bob);
}


/* Only the hostile key is left out.  */
static void
expect_left_out (void)
{
  ck_assert_uint_eq (failed, 1);
  ck_assert_uint_eq (result.left_out, 1);
  ck_assert_uint_eq (result.keys, 2);
  ck_assert_uint_eq (judge (alice), 0);
  ck_assert_uint_eq (judge (bob), 0);
  ck_assert_uint_eq (judge (hostile), GPG_ERR_NO_PUBKEY);
}


/* The patterns of a list that has the hostile key.  */
static char *
cases_of_hostile (void)
{
  static char cases[128];

  snprintf (cases, sizeof cases, "*%s*|*\" -- \"", hostile);
  return cases;
}


/* The twin of all: a script that never fails.  */
START_TEST (hostile_not)
{
  write_script ("never", "exit 1");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (failed, 0);
  ck_assert_uint_eq (result.keys, 3);
  ck_assert_uint_eq (judge (hostile), 0);
}
END_TEST


START_TEST (hostile_crashes)
{
  write_script (cases_of_hostile (), "kill -SEGV $$");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  expect_left_out ();
}
END_TEST


START_TEST (hostile_hangs)
{
  write_script (cases_of_hostile (), "sleep 1000 & exec sleep 1001");
  ck_assert_uint_eq (muster_with (HANGING_DEADLINE), 0);
  expect_left_out ();
}
END_TEST


START_TEST (hostile_fails)
{
  write_script (cases_of_hostile (), "exit 2");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  expect_left_out ();
}
END_TEST


/* gpg has listed some, and half of another, before it dies.  */
START_TEST (hostile_dies_late)
{
  char failure[256];

  snprintf (failure, sizeof failure,
            "%s \"$@\" | sed '/^fpr:.*%s/,$d'; exit 2", POSTERN_GPG,
            hostile);
  write_script (cases_of_hostile (), failure);
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  expect_left_out ();
}
END_TEST


/* It fails where the weak signatures have been removed.  */
START_TEST (hostile_without_weak)
{
  const char *weak = make_person ("weak@example.org", "sign,cert", "never",
                                  NULL, NULL);

  ck_assert_int_eq (gpg ("a", "--quick-add-key", weak, "ed25519", "sign",
                         "never", NULL), 0);
  edit_key_with ("a", "SHA1", weak, "key 1\nexpire\n0\nsave\n");
  put_in (weak);
  write_script ("never", "exit 1");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (result.left_out, 0);
  ck_assert_uint_eq (judge (weak), 0);
  ck_assert_uint_eq (judge (subkey_of (weak, 1)), GPG_ERR_DIGEST_ALGO);
  /* Without a verdict nothing of it counts.  */
  forget_before ();
  write_script ("*--import*", "kill -SEGV $$");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (judge (weak), GPG_ERR_DIGEST_ALGO);
  ck_assert_uint_eq (judge (alice), 0);
  forget_before ();
  write_script ("*--import*", "exec sleep 1000");
  ck_assert_uint_eq (muster_with (HANGING_DEADLINE), 0);
  ck_assert_uint_eq (result.left_out, 1);
  ck_assert_uint_eq (judge (weak), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (judge (alice), 0);
}
END_TEST


/* If gpg fails on all, it is not they who are hostile.  */
START_TEST (hostile_gpg)
{
  write_script ("*", "exit 2");
  ck_assert_uint_eq (muster_with (DEADLINE), GPG_ERR_NOT_OPERATIONAL);
}
END_TEST


/* Hundreds of people, one of them hostile: a few runs find out.  */
START_TEST (hostile_in_a_crowd)
{
  static const char parameters[] =
    "%no-protection\nKey-Type: eddsa\nKey-Curve: Ed25519\n"
    "Key-Usage: sign,cert\nName-Email: crowd@example.org\n"
    "Expire-Date: 0\n%commit\n";
  const size_t one = sizeof parameters - 1, n = 300;
  char *text = malloc (n * one);
  size_t i;

  ck_assert_ptr_nonnull (text);
  for (i = 0; i < n; i++)
    memcpy (text + i * one, parameters, one);
  ck_assert_uint_eq (file_write (at ("crowd"), text, n * one, 0600, 0), 0);
  free (text);
  ck_assert_int_eq (gpg ("a", "--generate-key", at ("crowd"), NULL), 0);
  put_in ("crowd@example.org");
  write_script (cases_of_hostile (), "kill -SEGV $$");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (failed, 1);
  ck_assert_uint_eq (result.left_out, 1);
  ck_assert_uint_eq (result.keys, n + 2);
  ck_assert_uint_eq (judge (hostile), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_lt (count_runs (), 30);
}
END_TEST


/* Nobody is asked about twice, while nothing has changed.  */
START_TEST (hostile_reuse)
{
  const char *dave;

  write_script ("never", "exit 1");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (count_runs (), 1);
  ck_assert_uint_eq (judge (hostile), 0);
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (count_runs (), 1);
  ck_assert_uint_eq (result.keys, 3);
  ck_assert_uint_eq (judge (alice), 0);
  ck_assert_uint_eq (judge (hostile), 0);
  /* A new key is asked about alone.  */
  dave = make_person ("dave@example.org", "sign,cert", "never", NULL, NULL);
  write_script (cases_of_hostile (), "exit 2");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (count_runs (), 1);
  ck_assert_uint_eq (result.keys, 4);
  ck_assert_uint_eq (judge (dave), 0);
  ck_assert_uint_eq (judge (hostile), 0);
  /* What disables one may disable others.  */
  edit_key ("v", dave, "disable\nquit\n");
  write_script ("never", "exit 1");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_ge (count_runs (), 1);
  ck_assert_uint_eq (judge (dave), GPG_ERR_KEY_DISABLED);
  edit_key ("v", dave, "enable\nquit\n");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (judge (dave), 0);
  /* Without what was before, all are asked about.  */
  forget_before ();
  write_script (cases_of_hostile (), "exit 2");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (result.left_out, 1);
  ck_assert_uint_eq (judge (hostile), GPG_ERR_NO_PUBKEY);
  /* One that was left out is asked about again.  */
  write_script ("never", "exit 1");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (count_runs (), 1);
  ck_assert_uint_eq (judge (hostile), 0);
}
END_TEST


/* Whether it is gpg that fails, or two new keys are hostile.  */
START_TEST (hostile_newcomers)
{
  char cases[128];
  const char *one, *two;

  write_script ("never", "exit 1");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  one = make_person ("one@example.org", "sign,cert", "never", NULL, NULL);
  two = make_person ("two@example.org", "sign,cert", "never", NULL, NULL);
  snprintf (cases, sizeof cases, "*%s*|*%s*", one, two);
  write_script (cases, "exit 2");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (result.left_out, 2);
  ck_assert_uint_eq (result.keys, 3);
  ck_assert_uint_eq (judge (one), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (judge (alice), 0);
  write_script ("*", "exit 2");
  ck_assert_uint_eq (muster_with (DEADLINE), GPG_ERR_NOT_OPERATIONAL);
  write_script ("never", "exit 1");
  ck_assert_uint_eq (muster_with (DEADLINE), 0);
  ck_assert_uint_eq (judge (one), 0);
  ck_assert_uint_eq (judge (two), 0);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("muster-hostile");
  TCase *tc = tcase_create ("muster-hostile");
  SRunner *sr;
  int n;

  if (!run_user_hide ())
    return 77;
  tcase_add_checked_fixture (tc, setup_hostile, teardown_muster);
  tcase_add_test (tc, hostile_not);
  tcase_add_test (tc, hostile_crashes);
  tcase_add_test (tc, hostile_hangs);
  tcase_add_test (tc, hostile_fails);
  tcase_add_test (tc, hostile_dies_late);
  tcase_add_test (tc, hostile_without_weak);
  tcase_add_test (tc, hostile_gpg);
  tcase_add_test (tc, hostile_in_a_crowd);
  tcase_add_test (tc, hostile_reuse);
  tcase_add_test (tc, hostile_newcomers);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  n = srunner_ntests_failed (sr);
  srunner_free (sr);
  return n ? EXIT_FAILURE : EXIT_SUCCESS;
}
