/* t-vouch-child.c - The programs that check for vouch, which is played here.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Needs root, to become somebody who owns nothing.  */

#include "../../../server/ipc/packets.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../../common/wire/credential.h"
#include "../../../common/base/encode.h"
#include "../../../common/base/secret.h"
#include "../../../server/role/confine.h"

#define YESCRYPT "$y$j9T$m7tmEUlfI4RvgIyv7JCus0$" \
  "8whPyUhv0gO3aip9Kt0ZDdr9z67STwNeGPWH3n6Zd9B"
#define GOOD "correct horse"

static pid_t child;
static int fd;                  /* To it.  */
static struct packet_check check;
static unsigned char box[CREDENTIAL_MAXLEN];
static bool trying;
static int verdict;             /* -1: none came.  */


static int
file_of (const char *text)
{
  int file = memfd_create ("t-vouch-child", 0);

  ck_assert_int_eq (write (file, text, strlen (text)),
                    (ssize_t)strlen (text));
  lseek (file, 0, SEEK_SET);
  return file;
}

/* PROGRAM with FILE as its descriptor 4, as nobody or, with ROOT, as we
   are.  */
static void
start (const char *program, int file, bool root)
{
  const char *bin = getenv ("POSTERN_BIN");
  char path[4096];
  int sv[2], channel, high;

  snprintf (path, sizeof path, "%s/%s", bin ? bin : ".", program);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
  child = fork ();
  if (!child)
    {
      channel = fcntl (sv[1], F_DUPFD, 64);
      high = fcntl (file, F_DUPFD, 64);
      dup2 (channel, 3);
      dup2 (high, 4);
      confine_close_from (5);
      if (root || !confine_user ("nobody", 0))
        execl (path, program, NULL);
      _exit (99);
    }
  close (sv[1]);
  close (file);
  fd = sv[0];
}

/* Seal TEXT, which is LEN bytes, as an attachment of CHECK.  */
static void
attach (const void *text, size_t len)
{
  memset (check.key, 7, sizeof check.key);
  ck_assert_uint_eq (seal_box (check.key, text, len, box), 0);
  check.attachment = box;
  check.attachment_len = len + SEAL_OVERHEAD;
}

static void
attach_password (const char *password)
{
  char text[CREDENTIAL_MAX_TEXT + 1];
  credential_t credential;

  ck_assert_uint_eq (credential_new (&credential), 0);
  ck_assert_uint_eq (credential_set_password (credential, password,
                                              strlen (password)), 0);
  attach (text, credential_write (credential, text));
  credential_release (credential);
}

static gpg_error_t
on_trying (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  ck_assert (!trying);
  trying = true;
  return 0;
}

static gpg_error_t
on_verdict (void *hook, const struct message *msg)
{
  struct packet_verdict v;
  gpg_error_t err = packet_read_verdict (msg, &v);

  (void)hook;
  verdict = v.refusal;
  return err;
}

/* Hear it to its end; returns its exit code, or minus its signal.  */
static int
finish (void)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (TRYING, FROM_CHECK, on_trying),
      PACKET_RULE (VERDICT, FROM_CHECK, on_verdict)
    };
  struct pollfd pfd = { fd, POLLIN, 0 };
  gpg_error_t err = 0;
  int status;

  while (!err && poll (&pfd, 1, 300000) == 1)
    err = packet_dispatch (fd, FROM_CHECK, table, 2, NULL);
  ck_assert_int_eq (gpg_err_code (err), GPG_ERR_EOF);
  close (fd);
  ck_assert_int_eq (waitpid (child, &status, 0), child);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

/* One whole check against our own file.  */
static void
ask (const char *file, int expected)
{
  trying = false;
  verdict = -1;
  start ("vouch-file", file_of (file), false);
  ck_assert_uint_eq (packet_send_check (fd, 0, &check), 0);
  ck_assert_int_eq (finish (), 0);
  ck_assert_int_eq (verdict, expected);
}

static void
setup (void)
{
  memset (&check, 0, sizeof check);
  check.kind = CONFIG_REQUIRE_CRYPT;
  snprintf (check.account, sizeof check.account, "alice");
  attach_password (GOOD);
  trying = false;
  verdict = -1;
}


START_TEST (right_and_wrong)
{
  ask ("alice:" YESCRYPT "\n", REFUSAL_NONE);
  ck_assert (trying);
  attach_password ("wrong");
  ask ("alice:" YESCRYPT "\n", REFUSAL_CREDENTIAL_WRONG);
  ck_assert (trying);
  attach_password (GOOD);
  ask ("bob:" YESCRYPT "\n", REFUSAL_ACCOUNT_UNKNOWN);
  ck_assert (trying);
  check.kind = CONFIG_REQUIRE_SHADOW;
  ask ("alice:" YESCRYPT ":19000::::::\n", REFUSAL_NONE);
  ask ("alice:!" YESCRYPT ":19000::::::\n", REFUSAL_ACCOUNT_LOCKED);
}
END_TEST

START_TEST (long_ones)
{
  char password[1001];

  memset (password, 'x', 1000);
  password[1000] = 0;
  attach_password (password);
  ask ("alice:" YESCRYPT "\n", REFUSAL_CREDENTIAL_WRONG);
  attach_password (GOOD);
  ask ("alice:" YESCRYPT "\n", REFUSAL_NONE);
}
END_TEST

/* What is no credential never comes to be tried.  */
START_TEST (no_credential)
{
  static const char *const wrong[] =
    { "", "x", "password: \n", "password: Y29ycmVjdCBob3JzZQ==",
      "password: Y29ycmVjdCBob3JzZQ==\n\n", "password: Y29ycmVjdCBob3JzZR==\n",
      "Password: Y29ycmVjdCBob3JzZQ==\n", "otp: 123456\n",
      "password: Y29ycmVjdCBob3JzZQ==\notp: 123456\n",
      "password: Y29ycmVjdAA=\n" };
  size_t i;

  for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
    {
      attach (wrong[i], strlen (wrong[i]));
      ask ("alice:" YESCRYPT "\n", REFUSAL_CREDENTIAL_FORM);
      ck_assert (!trying);
    }
  attach ("password: Y29ycmVjdCBob3JzZQ==\n\0\0\0", 34);
  ask ("alice:" YESCRYPT "\n", REFUSAL_NONE);
}
END_TEST

START_TEST (another_requests_key)
{
  check.key[0] ^= 1;
  ask ("alice:" YESCRYPT "\n", REFUSAL_CREDENTIAL_FORM);
  check.key[0] ^= 1;
  box[check.attachment_len - 1] ^= 1;
  ask ("alice:" YESCRYPT "\n", REFUSAL_CREDENTIAL_FORM);
  box[check.attachment_len - 1] ^= 1;
  check.attachment_len--;
  ask ("alice:" YESCRYPT "\n", REFUSAL_CREDENTIAL_FORM);
  check.attachment_len++;
  ask ("alice:" YESCRYPT "\n", REFUSAL_NONE);
}
END_TEST

START_TEST (a_bad_file)
{
  ask ("alice:$1$ieUkAeCo$GXeTgeG.RHNpd5FUQWIyw/\n", REFUSAL_VOUCH_FAILED);
  ck_assert (!trying);
  ask ("alice:" YESCRYPT, REFUSAL_VOUCH_FAILED);
  ask ("", REFUSAL_ACCOUNT_UNKNOWN);
}
END_TEST

/* With what vouch never says it ends, without a verdict.  */
START_TEST (messages_that_must_not_be)
{
  static const char *const programs[] = { "vouch-file", "vouch-ldap" };
  struct packet_answer answer = { 0 };
  unsigned int i;
  int status;

  for (i = 0; i < 2; i++)
    {
      start (programs[i], file_of ("alice:" YESCRYPT "\n"), false);
      ck_assert_uint_eq (packet_send_answer (fd, 0, &answer), 0);
      ck_assert_int_ne (finish (), 0);
      ck_assert_int_eq (verdict, -1);
      start (programs[i], file_of (""), false);
      ck_assert_int_eq (send (fd, "x", 1, 0), 1);
      ck_assert_int_ne (finish (), 0);
      /* Nor when vouch goes.  */
      start (programs[i], file_of (""), false);
      close (fd);
      ck_assert_int_eq (waitpid (child, &status, 0), child);
      ck_assert (WIFEXITED (status) && WEXITSTATUS (status) != 0);
    }
  /* Each its own kind, and vouch-ldap its orders first.  */
  check.kind = CONFIG_REQUIRE_LDAP;
  start ("vouch-file", file_of ("alice:" YESCRYPT "\n"), false);
  packet_send_check (fd, 0, &check);
  ck_assert_int_ne (finish (), 0);
  ck_assert_int_eq (verdict, -1);
  start ("vouch-ldap", file_of (""), false);
  packet_send_check (fd, 0, &check);
  ck_assert_int_ne (finish (), 0);
  ck_assert_int_eq (verdict, -1);
}
END_TEST

/* Who still has power does not begin.  */
START_TEST (not_as_root)
{
  static const char *const programs[] = { "vouch-file", "vouch-ldap" };
  unsigned int i;

  for (i = 0; i < 2; i++)
    {
      start (programs[i], file_of ("alice:" YESCRYPT "\n"), true);
      packet_send_check (fd, 0, &check);
      ck_assert_int_ne (finish (), 0);
      ck_assert_int_eq (verdict, -1);
    }
}
END_TEST

/* LDAP with no directory: the ways that end before the network.  */
START_TEST (ldap_without_a_directory)
{
  static struct packet_ldap ldap;

  snprintf (ldap.name, sizeof ldap.name, "corp");
  ldap.n_uris = 1;
  snprintf (ldap.uri[0], sizeof ldap.uri[0], "ldap://127.0.0.1:1");
  snprintf (ldap.bind_dn, sizeof ldap.bind_dn, "uid={user},dc=org");
  ldap.timeout = 2000;
  check.kind = CONFIG_REQUIRE_LDAP;
  start ("vouch-ldap", file_of (""), false);
  packet_send_ldap (fd, 0, &ldap);
  packet_send_check (fd, 0, &check);
  ck_assert_int_eq (finish (), 0);
  ck_assert_int_eq (verdict, REFUSAL_VOUCH_UNREACHABLE);
  ck_assert (!trying);
  /* No credential: nobody is asked at all.  */
  verdict = -1;
  attach ("password: \n", 11);
  start ("vouch-ldap", file_of (""), false);
  packet_send_ldap (fd, 0, &ldap);
  packet_send_check (fd, 0, &check);
  ck_assert_int_eq (finish (), 0);
  ck_assert_int_eq (verdict, REFUSAL_CREDENTIAL_FORM);
  /* A service without a password would be nobody.  */
  verdict = -1;
  attach_password (GOOD);
  memset (ldap.bind_dn, 0, sizeof ldap.bind_dn);
  snprintf (ldap.base, sizeof ldap.base, "dc=org");
  snprintf (ldap.filter, sizeof ldap.filter, "(uid={user})");
  snprintf (ldap.service_dn, sizeof ldap.service_dn, "cn=postern");
  start ("vouch-ldap", file_of ("\nsecret\n"), false);
  packet_send_ldap (fd, 0, &ldap);
  packet_send_check (fd, 0, &check);
  ck_assert_int_eq (finish (), 0);
  ck_assert_int_eq (verdict, REFUSAL_VOUCH_FAILED);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("vouch-child");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  if (geteuid ())
    {
      puts ("skipped: needs root");
      return 77;
    }
  if (secret_init (65536))
    return 77;
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, right_and_wrong);
  tcase_add_test (tc, long_ones);
  tcase_add_test (tc, no_credential);
  tcase_add_test (tc, another_requests_key);
  tcase_add_test (tc, a_bad_file);
  tcase_add_test (tc, messages_that_must_not_be);
  tcase_add_test (tc, not_as_root);
  tcase_add_test (tc, ldap_without_a_directory);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
